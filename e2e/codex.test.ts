/** What the hooks of the real Codex get and do, proven with throwaway hooks. Later tests build on exactly this. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listHooks, startAppServer } from "./app-server.js";
import {
  codexExec,
  commandItem,
  type HookHandler,
  type Hooks,
  readRollout,
  rolloutFiles,
  writeCodexConfig,
  writeCodexHooks,
} from "./codex.js";
import { describeWith } from "./ground.js";
import { hookCalls, recordingHooks, recordingServer, serverMessages } from "./probes.js";
import { bypassTrust, trustHooksAsUser } from "./trust.js";

/** A placeholder of an mcp_tool hook: Codex puts that field of the event in its place. */
const field = (name: string) => `\${${name}}`;
const context = "CONTEXT-OF-THE-PROBE";

describeWith("Codex", ["codex"], (on) => {
  function prepare(): void {
    const { machine, mock } = on;
    writeCodexConfig(machine, mock.url, { servers: { probe: recordingServer(machine) } });
    writeCodexHooks(machine, recordingHooks(machine, context));
  }

  const calls = (event: string) => hookCalls(on.machine).filter(({ stdin }) => stdin.hook_event_name === event);
  const rollout = () => readRollout(rolloutFiles(on.machine)[0] ?? "");

  test("additionalContext of SessionStart arrives at the model, and again after compaction", async () => {
    prepare();
    on.mock.script([{ shell: "exit 3", inputTokens: 300_000 }, { shell: "true" }, { text: "done" }]);
    const { exit } = await codexExec(on.machine, "go", { args: [bypassTrust] });
    expect(exit).toBe(0);
    expect(calls("SessionStart").map(({ stdin }) => stdin.source)).toEqual(["startup", "compact"]);
    expect(on.mock.received.map(({ purpose }) => purpose)).toEqual(["turn", "compaction", "turn", "turn"]);
    const [first, , afterCompaction] = on.mock.received;
    expect(first?.text).toContain(`${context} source=startup`);
    expect(afterCompaction?.text).toContain(`${context} source=compact`);
    expect(afterCompaction?.text).not.toContain(`${context} source=startup`);
    for (const event of ["PreCompact", "PostCompact"])
      expect(calls(event).map(({ stdin }) => stdin.trigger)).toEqual(["auto"]);
  });

  test.each([
    ["mock-model", { shell: "echo out; exit 3" }],
    ["gpt-5.5", { shell: "echo out; exit 3" }],
    ["gpt-6-sol", { code: `text(await tools.exec_command({cmd:"echo out; exit 3"}))` }],
  ])("PostToolUse names the command, and the rollout has its exit code by tool_use_id (%s)", async (model, step) => {
    prepare();
    on.mock.script([step, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust, "--model", model] });
    const [call] = calls("PostToolUse");
    expect(Object.keys(call?.stdin ?? {}).sort()).toEqual([
      "cwd",
      "hook_event_name",
      "model",
      "permission_mode",
      "session_id",
      "tool_input",
      "tool_name",
      "tool_response",
      "tool_use_id",
      "transcript_path",
      "turn_id",
    ]);
    expect(call?.stdin).toMatchObject({
      tool_name: "Bash",
      tool_input: { command: "echo out; exit 3" },
      tool_response: "out\n",
      cwd: on.machine.project,
      transcript_path: rolloutFiles(on.machine)[0],
    });
    const item = commandItem(rollout(), String(call?.stdin.tool_use_id));
    expect(item).toMatchObject({ exit_code: 3, status: "failed", duration: { secs: 0 } });
    // The line was there when the hook started: of the lines that it saw, one has the item.
    const seen = rollout().slice(0, call?.transcriptLines);
    expect(commandItem(seen, String(call?.stdin.tool_use_id))).toBeDefined();
  });

  test("a command that outlives its yield has no PostToolUse until the model asks for it", async () => {
    prepare();
    const start = { tool: "exec_command", args: { cmd: "sleep 2; exit 4", yield_time_ms: 300 } };
    const ask = (request: string) => {
      const session = Number(/Process running with session ID (\d+)/.exec(request)?.[1]);
      return { tool: "write_stdin", args: { session_id: session, chars: "", yield_time_ms: 8000 } };
    };
    on.mock.script([start, ask, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust] });
    expect(calls("PreToolUse")).toHaveLength(1);
    const [call, ...others] = calls("PostToolUse");
    expect(others).toEqual([]);
    expect(call?.stdin).toMatchObject({ tool_name: "Bash", tool_input: { command: "sleep 2; exit 4" } });
    expect(commandItem(rollout(), String(call?.stdin.tool_use_id))?.exit_code).toBe(4);
  });

  test("a command that nobody asks for has no PostToolUse at all, but a line in the rollout", async () => {
    prepare();
    const start = { tool: "exec_command", args: { cmd: "sleep 1; exit 4", yield_time_ms: 300 } };
    on.mock.script([start, { shell: "sleep 3" }, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust] });
    const [begun] = calls("PreToolUse");
    expect(calls("PostToolUse").map(({ stdin }) => stdin.tool_input)).toEqual([{ command: "sleep 3" }]);
    expect(commandItem(rollout(), String(begun?.stdin.tool_use_id))?.exit_code).toBe(4);
  });

  test("without a transcript its path is null", async () => {
    prepare();
    on.mock.script([{ shell: "exit 3" }, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust, "--ephemeral"] });
    expect(calls("PostToolUse").map(({ stdin }) => stdin.transcript_path)).toEqual([null]);
    expect(rolloutFiles(on.machine)).toEqual([]);
  });

  test("an mcp_tool hook calls the running server with the fields it names, and its text becomes context", async () => {
    prepare();
    const hook = (input: Record<string, string>): HookHandler => ({
      type: "mcp_tool",
      server: "probe",
      tool: "hook_event",
      timeout: 5,
      input,
    });
    writeCodexHooks(on.machine, {
      SessionStart: [{ hooks: [hook({ event: field("hook_event_name"), source: field("source"), text: context })] }],
      PostToolUse: [
        { matcher: "Bash", hooks: [hook({ id: field("tool_use_id"), command: field("tool_input.command") })] },
        { matcher: "Bash", hooks: [hook({ id: field("tool_use_id"), none: field("no_such_field") })] },
      ],
    });
    on.mock.script([{ shell: "exit 3" }, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust] });
    const hooked = serverMessages(on.machine).filter(({ method }) => method === "tools/call");
    expect(hooked.map(({ params }) => params?.arguments)).toEqual([
      { event: "SessionStart", source: "startup", text: context },
      { id: expect.any(String), command: "exit 3" },
    ]);
    expect(on.mock.turns()[0]?.text).toContain(context);
  });

  test("the model calls a tool of an MCP server", async () => {
    prepare();
    on.mock.script([{ tool: "probe__echo", args: { text: "round trip" } }, { text: "done" }]);
    await codexExec(on.machine, "go", { args: [bypassTrust] });
    expect(on.mock.turns()[1]?.text).toContain("round trip");
    expect(calls("PostToolUse")[0]?.stdin).toMatchObject({ tool_name: "mcp__probe__echo" });
  });

  test("hooks run once a user trusts them, and stop when one changes, without a word", async () => {
    prepare();
    writeCodexHooks(on.machine, recordingHooks(on.machine, context, ["SessionStart"]));
    const trust = async () => {
      const server = await startAppServer(on.machine);
      const hooks = await listHooks(server, on.machine).finally(() => server.stop());
      return hooks.map(({ trustStatus }) => trustStatus);
    };
    const firesHooks = async () => {
      const before = hookCalls(on.machine).length;
      on.mock.script([{ text: "done" }]);
      const { exit, stdout, stderr } = await codexExec(on.machine, "go");
      expect(exit).toBe(0);
      expect(`${stdout}${stderr}`).not.toMatch(/hook/i);
      return hookCalls(on.machine).length > before;
    };
    expect([await trust(), await firesHooks()]).toEqual([["untrusted"], false]);
    await trustHooksAsUser(on.machine);
    expect([await trust(), await firesHooks()]).toEqual([["trusted"], true]);
    writeCodexHooks(on.machine, recordingHooks(on.machine, `${context} changed`, ["SessionStart"]));
    expect([await trust(), await firesHooks()]).toEqual([["modified"], false]);
  });

  test("a group that someone puts before a trusted one takes its trust away; behind it does no harm", async () => {
    prepare();
    const own = recordingHooks(on.machine, context, ["Stop"]).Stop ?? [];
    const foreign: Hooks[string] = [{ hooks: [{ type: "command", command: "true" }] }];
    const trustOf = async (groups: Hooks[string]) => {
      writeCodexHooks(on.machine, { Stop: groups });
      const server = await startAppServer(on.machine);
      const listed = await listHooks(server, on.machine).finally(() => server.stop());
      return listed.map(({ trustStatus }) => trustStatus);
    };
    expect(await trustOf(own)).toEqual(["untrusted"]);
    await trustHooksAsUser(on.machine);
    expect(await trustOf([...own, ...foreign])).toEqual(["trusted", "untrusted"]);
    expect(await trustOf([...foreign, ...own])).toEqual(["modified", "untrusted"]);
  });

  test("the cwd of a hook is where the command runs", async () => {
    prepare();
    mkdirSync(join(on.machine.project, "below"));
    on.mock.script([
      { tool: "exec_command", args: { cmd: "exit 3", workdir: "below" } },
      { shell: "true" },
      { text: "done" },
    ]);
    await codexExec(on.machine, "go", { args: [bypassTrust] });
    const folders = calls("PostToolUse").map(({ stdin }) => stdin.cwd);
    expect(folders).toEqual([join(on.machine.project, "below"), on.machine.project]);
  });

  test("an MCP server gets hardly any variable that its configuration does not name, a hook gets all", async () => {
    prepare();
    const environment = async (envVars: string[]) => {
      writeCodexConfig(on.machine, on.mock.url, { servers: { probe: { ...recordingServer(on.machine), envVars } } });
      on.mock.script([{ text: "done" }]);
      await codexExec(on.machine, "go", { args: [bypassTrust] });
      const greeting = serverMessages(on.machine).findLast(({ method }) => method === "initialize");
      expect(greeting?.cwd).toBe(on.machine.project);
      return greeting?.environment?.filter((name) => name in on.machine.env);
    };
    const always = ["HOME", "LANG", "PATH", "TMPDIR", "TZ"];
    expect(await environment([])).toEqual(always);
    expect(await environment(["BATON_HOME", "NOT_SET"])).toEqual(["BATON_HOME", ...always]);
    expect(calls("SessionStart")[0]?.inherited).toEqual(Object.keys(on.machine.env).sort());
  });

  test("a subagent's commands carry its id, the session of its parent, and a rollout of their own", async () => {
    prepare();
    on.mock.script();
    const prompt = `#steps tool:spawn_agent={"message":"#steps shell:exit 5"} ~ shell:sleep 5 ~ text:done`;
    await codexExec(on.machine, prompt, { args: [bypassTrust] });
    const [start] = calls("SubagentStart");
    const inner = calls("PostToolUse").find(({ stdin }) => stdin.agent_id !== undefined);
    const [outer] = calls("SessionStart");
    const session = outer?.stdin.session_id;
    expect(inner?.stdin).toMatchObject({
      agent_id: start?.stdin.agent_id,
      session_id: session,
      tool_input: { command: "exit 5" },
    });
    expect(inner?.stdin.transcript_path).not.toBe(outer?.stdin.transcript_path);
    const lines = readRollout(String(inner?.stdin.transcript_path));
    expect(commandItem(lines, String(inner?.stdin.tool_use_id))?.exit_code).toBe(5);
  });

  test("no hook tells of a 429; the rollout does", async () => {
    prepare();
    on.mock.script([{ status: 429, headers: { "retry-after": "7" } }]);
    const { exit } = await codexExec(on.machine, "go", { args: [bypassTrust] });
    expect(exit).toBe(1);
    const events = hookCalls(on.machine).map(({ stdin }) => stdin.hook_event_name);
    expect(events).toEqual(["SessionStart", "UserPromptSubmit", "SessionEnd"]);
    expect(rollout().at(-1)?.payload).toMatchObject({
      type: "task_complete",
      error: { codex_error_info: { response_too_many_failed_attempts: { http_status_code: 429 } } },
    });
  });

  test("an interrupted turn runs Interrupt and SessionEnd", async () => {
    prepare();
    on.mock.script([{ shell: "touch begun; sleep 30" }]);
    await codexExec(on.machine, "go", {
      args: [bypassTrust],
      interrupt: { signal: "SIGINT", when: () => existsSync(join(on.machine.project, "begun")) },
    });
    const events = hookCalls(on.machine).map(({ stdin }) => stdin.hook_event_name);
    expect(events.slice(-3)).toEqual(["PreToolUse", "Interrupt", "SessionEnd"]);
  });
});
