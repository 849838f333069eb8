/** The sessions of Codex that become fixtures. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { listHooks, startAppServer } from "./app-server.js";
import {
  codexExec,
  type HookHandler,
  type RolloutLine,
  readRollout,
  rolloutFiles,
  writeCodexConfig,
  writeCodexHooks,
} from "./codex.js";
import { isolate, type Machine } from "./isolate.js";
import { type Scripted, usageLimit } from "./mock-model/script.js";
import type { MockModel } from "./mock-model/server.js";
import { type HookCall, hookCalls, recordingHooks, recordingServer, serverMessages } from "./probes.js";
import type { RunOptions } from "./run.js";
import { scrubber } from "./scrub.js";
import { bypassTrust, trustHooksAsUser } from "./trust.js";

/** A fixture: the name of its file, and lists of what the client sent, each under its name. */
export interface Capture {
  name: string;
  lists: Record<string, unknown[]>;
}

const patch = "*** Begin Patch\n*** Add File: new.txt\n+one line\n*** End Patch";
const inBackground = (cmd: string) => ({ tool: "exec_command", args: { cmd, yield_time_ms: 300 } });
const poll = (request: string) => {
  const session = Number(/Process running with session ID (\d+)/.exec(request)?.[1]);
  return { tool: "write_stdin", args: { session_id: session, chars: "", yield_time_ms: 8000 } };
};

interface Session {
  /** Without a script the prompt decides: a subagent and its parent ask at the same time. */
  script?: Scripted[];
  prompt?: string;
  args?: string[];
  /** Interrupt this many milliseconds after the first command began. */
  interruptAfter?: number;
  /** Resume the session with this script. */
  again?: Scripted[];
}

const sessions: Record<string, Session> = {
  session: {
    script: [
      { shell: "echo out; exit 3" },
      { tool: "probe__echo", args: { text: "round trip" } },
      { shell: "true", inputTokens: 300_000 },
      { shell: "no-such-program" },
      { text: "done" },
    ],
  },
  workdir: {
    script: [{ tool: "exec_command", args: { cmd: "exit 3", workdir: "below" } }, { shell: "true" }, { text: "done" }],
  },
  patch: { script: [{ patch }, { text: "done" }], args: ["--model", "gpt-5.5"] },
  "code-mode": {
    script: [{ code: `text(await tools.exec_command({cmd:"exit 3"}))` }, { text: "done" }],
    args: ["--model", "gpt-6-sol"],
  },
  "long-command": { script: [inBackground("sleep 2; exit 4"), poll, { text: "done" }] },
  "command-left-alone": { script: [inBackground("sleep 1; exit 4"), { shell: "sleep 3" }, { text: "done" }] },
  "command-left-running": { script: [inBackground("sleep 30"), { text: "done" }] },
  interrupted: { script: [{ shell: "sleep 30" }], interruptAfter: 1000 },
  ephemeral: { script: [{ shell: "exit 3" }, { text: "done" }], args: ["--ephemeral"] },
  resumed: { script: [{ text: "done" }], again: [{ shell: "exit 3" }, { text: "done again" }] },
  subagent: {
    prompt: `#steps tool:spawn_agent={"message":"#steps shell:exit 5"} ~ shell:sleep 5 ~ text:done`,
  },
  limited: { script: [{ status: 429, headers: { "retry-after": "7" } }] },
  "usage-limit": {
    script: [{ shell: "true" }, () => usageLimit(Date.now() + 5_400_000)],
    again: [{ text: "done" }],
  },
  "no-quota": { script: [{ status: 429, error: { type: "insufficient_quota", code: "insufficient_quota" } }] },
  overloaded: { script: [{ status: 503 }] },
};

/** Runs all sessions and gives their hooks (stdin of each call) and rollouts (lines). */
export async function captureCodex(mock: MockModel): Promise<Capture[]> {
  const captures: Capture[] = [];
  for (const [name, session] of Object.entries(sessions)) captures.push(await captureSession(mock, name, session));
  captures.push(await captureMcpTool(mock), await captureTrust(mock));
  return captures;
}

async function captureSession(mock: MockModel, name: string, session: Session): Promise<Capture> {
  const machine = prepare(mock);
  writeCodexHooks(machine, recordingHooks(machine, "context of the fixture"));
  mkdirSync(join(machine.project, "below"));
  mock.script(session.script);
  const args = [bypassTrust, ...(session.args ?? [])];
  await codexExec(machine, session.prompt ?? "go", {
    args,
    ...(session.interruptAfter === undefined ? {} : { interrupt: interruption(machine, session.interruptAfter) }),
  });
  if (session.again) {
    mock.script(session.again);
    await codexExec(machine, "go on", { args: ["resume", "--last", ...args] });
  }
  const scrub = scrubber(machine);
  const hooks = hookCalls(machine).map(({ stdin }) => scrub(stdin));
  const rollout = rolloutFiles(machine).flatMap(readRollout).filter(isKept).map(scrub);
  machine.remove();
  return { name, lists: { hooks, ...(rollout.length > 0 ? { rollout } : {}) } };
}

/** Without what Codex tells the model about itself: it says nothing of what happened, and is most of a rollout. */
function isKept({ type, payload }: RolloutLine): boolean {
  const instruction = payload.type === "message" && payload.role === "developer";
  return type !== "world_state" && (!instruction || JSON.stringify(payload).includes("hooks.additional_context"));
}

function interruption(machine: Machine, after: number): NonNullable<RunOptions["interrupt"]> {
  const isDue = ({ at, stdin }: HookCall) => stdin.hook_event_name === "PreToolUse" && Date.now() - at > after;
  return { signal: "SIGINT", when: () => hookCalls(machine).some(isDue) };
}

/** What an MCP server gets: the greeting, a call of the model, and mcp_tool hooks of every event. */
async function captureMcpTool(mock: MockModel): Promise<Capture> {
  const machine = prepare(mock);
  const field = (name: string) => `\${${name}}`;
  const common = ["hook_event_name", "session_id", "transcript_path", "cwd"];
  const hook = (...names: string[]): [{ hooks: HookHandler[] }] => {
    const input = Object.fromEntries([...common, ...names].map((name) => [name.replace(".", "_"), field(name)]));
    return [{ hooks: [{ type: "mcp_tool", server: "probe", tool: "hook_event", timeout: 5, input }] }];
  };
  writeCodexHooks(machine, {
    SessionStart: hook("source"),
    UserPromptSubmit: hook("turn_id"),
    PreToolUse: hook("turn_id", "tool_name", "tool_use_id"),
    PostToolUse: hook("turn_id", "tool_name", "tool_use_id", "tool_input.command"),
    PreCompact: hook("turn_id", "trigger"),
    PostCompact: hook("turn_id", "trigger"),
    Stop: hook("turn_id"),
  });
  mock.script([{ shell: "exit 3", inputTokens: 300_000 }, { text: "done" }]);
  await codexExec(machine, "go", { args: [bypassTrust] });
  const scrub = scrubber(machine);
  const messages = serverMessages(machine).map(({ method, params }) => scrub({ method, params }));
  machine.remove();
  return { name: "mcp-tool", lists: { messages } };
}

/** What `hooks/list` of the app-server says before trust, with it, and after a change. */
async function captureTrust(mock: MockModel): Promise<Capture> {
  const machine = prepare(mock);
  const list = async () => {
    const server = await startAppServer(machine);
    return listHooks(server, machine).finally(() => server.stop());
  };
  const write = (command: string) =>
    writeCodexHooks(machine, {
      SessionStart: [{ matcher: "startup", hooks: [{ type: "command", command, timeout: 3 }] }],
    });
  write("baton-example hook");
  const untrusted = await list();
  await trustHooksAsUser(machine);
  const trusted = await list();
  write("baton-example hook --changed");
  const hooks = [...untrusted, ...trusted, ...(await list())].map(scrubber(machine));
  machine.remove();
  return { name: "trust", lists: { hooks } };
}

function prepare(mock: MockModel): Machine {
  const machine = isolate("codex");
  writeCodexConfig(machine, mock.url, { servers: { probe: recordingServer(machine) } });
  return machine;
}
