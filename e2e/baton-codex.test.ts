/** Baton in the real Codex: its hooks as commands and as calls of its MCP server, as `baton init` writes them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { commandHooks, type HookGroups, toolHooks } from "../ts/src/integrations/codex/hooks.js";
import { isInstalled, repository } from "./clients.js";
import { codexExec, writeCodexConfig, writeCodexHooks } from "./codex.js";
import { isolate, type Machine } from "./isolate.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";
import type { RunOptions } from "./run.js";
import { bypassTrust, trustHooksAsUser } from "./trust.js";

const program = join(repository, "dist", "cli.js");
if (!existsSync(program)) throw new Error(`${program} is not built: run npm run build`);
const hookCommand = [process.execPath, program, "hook", "codex"].map((word) => JSON.stringify(word)).join(" ");

/** Scripts of the project: what they print must stay where it is. */
const scripts = {
  test: `node -e "console.log('output-canary'); process.exit(3)"`,
  build: "node --version",
  "test:slow": `node -e "setTimeout(() => process.exit(4), 1000)"`,
  lint: `node -e "setTimeout(() => {}, 60000)"`,
};

describe.skipIf(!isInstalled("codex"))("Baton in Codex", () => {
  let mock: MockModel;
  let machine: Machine;
  beforeAll(async () => {
    mock = await startMockModel();
  });
  afterAll(() => mock.close());
  afterEach(() => machine.remove());

  function prepare(hooks: HookGroups = commandHooks(hookCommand)): void {
    machine = isolate("codex");
    // The suite may share its machine: what is measured is not how fast git is.
    machine.env.BATON_GIT_MS = "20000";
    writeFileSync(join(machine.project, "package.json"), `${JSON.stringify({ private: true, scripts })}\n`);
    const env = { BATON_HOME: machine.batonHome, BATON_GIT_MS: "20000" };
    const baton = { command: process.execPath, args: [program, "mcp"], env };
    writeCodexConfig(machine, mock.url, { servers: { baton } });
    writeCodexHooks(machine, Object.fromEntries(Object.entries(hooks).map(([event, group]) => [event, [group]])));
  }

  const session = (options: Partial<RunOptions> = {}) =>
    codexExec(machine, "prompt-canary", { args: [bypassTrust], ...options });

  function baton(...args: string[]): string {
    const { cwd, env } = { cwd: machine.project, env: machine.env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd, env, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  }

  /** What is recorded, oldest first. */
  function records(): Record<string, Record<string, unknown>>[] {
    const lines = baton("export", "--jsonl").split("\n").filter(Boolean);
    const all = lines.map(
      (line) => JSON.parse(line) as { stamp: string; record: Record<string, Record<string, unknown>> },
    );
    return all.sort((a, b) => (BigInt(a.stamp) < BigInt(b.stamp) ? -1 : 1)).map(({ record }) => record);
  }
  const checks = () => records().flatMap(({ validation }) => (validation === undefined ? [] : [validation]));
  const phases = () => records().flatMap(({ sessionMark }) => (sessionMark === undefined ? [] : [sessionMark.phase]));
  const start = (cmd: string, wait = 300) => ({ tool: "exec_command", args: { cmd, yield_time_ms: wait } });

  test("the brief arrives with the first request, and anew after compaction", async () => {
    prepare();
    baton("note", "the-limit-is-in-the-store");
    mock.script([{ shell: "npm test", inputTokens: 300_000 }, { shell: "true" }, { text: "done" }]);
    expect((await session()).exit).toBe(0);
    expect(mock.received.map(({ purpose }) => purpose)).toEqual(["turn", "compaction", "turn", "turn"]);
    const [first, , second] = mock.received;
    expect(first?.text).toContain("the-limit-is-in-the-store");
    expect(first?.text).toMatch(/Baton brief at .*recorded data, not instructions/);
    expect(second?.text).toMatch(/Baton brief after compaction at .*check fresh: `npm test` exit 3/);
    expect(second?.text).not.toMatch(/Baton brief at /);
    expect(phases()).toEqual(["SESSION_PHASE_START", "SESSION_PHASE_COMPACT", "SESSION_PHASE_END"]);
  });

  const forms = [
    ["commands", commandHooks(hookCommand), "CLIENT_CODEX"],
    ["calls of the MCP server", toolHooks("baton", hookCommand), "CLIENT_MCP"],
  ] as const;
  test.each(forms)(
    "failing and passing checks are proven, and nothing of their text is kept (%s)",
    async (_, hooks, by) => {
      prepare(hooks);
      baton("next", "add", "rebase-the-branch");
      mock.script([
        { shell: "npm test" },
        { shell: "npm run build" },
        { shell: "echo no-check; exit 5" },
        { text: "answer-canary" },
      ]);
      expect((await session()).exit).toBe(0);
      expect(mock.turns()[0]?.text).toContain("rebase-the-branch");
      expect(mock.turns()[1]?.text).toContain("output-canary");
      const proof = { source: "VALIDATION_SOURCE_HOOK", treeDigest: expect.any(String) };
      expect(checks()).toMatchObject([
        { command: "npm test", exitCode: 3, ...proof },
        { command: "npm run build", exitCode: 0, ...proof },
      ]);
      const recorders = records()
        .filter(({ validation }) => validation !== undefined)
        .map(({ client }) => client);
      expect(recorders).toEqual([by, by]);
      expect(phases()).toEqual(["SESSION_PHASE_START", "SESSION_PHASE_END"]);
      expect(baton("resume")).toMatch(/check fresh: `npm run build` passed, .*\ncheck fresh: `npm test` exit 3, /);
      expect(baton("verify")).not.toContain("open tail");
      const kept = readdirSync(machine.batonHome, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      for (const file of kept) {
        const bytes = readFileSync(join(file.parentPath, file.name)).toString("latin1");
        for (const never of ["canary", machine.root, "no-check", "rollout", "call_1", "dummy"])
          expect(bytes.includes(never), `${never} in ${file.name}`).toBe(false);
      }
    },
  );

  test.each([
    ["at the next command, by a command", commandHooks(hookCommand), [{ shell: "sleep 4" }]],
    ["at the next command, by a call", toolHooks("baton", hookCommand), [{ shell: "sleep 4" }]],
    ["at the end of the turn", commandHooks(hookCommand), [start("sleep 8", 5000)]],
  ])("a check that runs on while Codex looks away is recorded %s", async (_, hooks, more) => {
    prepare(hooks);
    mock.script([start("npm run test:slow"), ...more, { text: "done" }]);
    await session();
    expect(checks()).toMatchObject([
      { command: "npm run test:slow", exitCode: 4, source: "VALIDATION_SOURCE_HOOK", treeDigest: expect.any(String) },
    ]);
  });

  test.each(forms)("a subagent's check is recorded under the session of its parent (%s)", async (_, hooks) => {
    prepare(hooks);
    mock.script();
    const prompt = `#steps tool:spawn_agent={"message":"#steps shell:npm test"} ~ shell:sleep 6 ~ text:done`;
    await codexExec(machine, prompt, { args: [bypassTrust] });
    expect(checks()).toMatchObject([{ command: "npm test", exitCode: 3, source: "VALIDATION_SOURCE_HOOK" }]);
    const aliases = records().flatMap(({ session }) => (session === undefined ? [] : [session]));
    expect(new Set(aliases).size).toBe(1);
  });

  test("a check that still runs when the session ends has neither passed nor failed", async () => {
    prepare();
    mock.script([start("npm run lint"), { text: "done" }]);
    await session();
    const [check, ...others] = checks();
    expect(others).toEqual([]);
    expect(check).toMatchObject({ command: "npm run lint", source: "VALIDATION_SOURCE_HOOK" });
    expect(check).not.toHaveProperty("exitCode");
    expect(readdirSync(join(machine.batonHome, "pending"))).toEqual([]);
  });

  test("a note of the model arrives in the next session", async () => {
    prepare();
    const note = { tool: "baton__note", args: { text: "the-limit-moved", category: "decision" } };
    mock.script([note, { text: "done" }]);
    await session();
    mock.script([{ text: "done" }]);
    await session();
    expect(mock.turns()[0]?.text).toMatch(/decision: .*the-limit-moved/);
  });

  test("kill -9 in the middle of a session loses nothing that was recorded", async () => {
    prepare();
    mock.script([
      { shell: "npm test" },
      { tool: "baton__note", args: { text: "half-way-there" } },
      { shell: "sleep 30" },
    ]);
    const run = await session({
      started: (signal) => {
        const wait = setInterval(() => {
          if (mock.turns().length < 3) return;
          clearInterval(wait);
          setTimeout(() => signal("SIGKILL"), 1000);
        }, 100);
      },
    });
    expect(run.exit).toBeUndefined();
    expect(checks()).toMatchObject([{ command: "npm test", exitCode: 3 }]);
    expect(phases()).toEqual(["SESSION_PHASE_START"]);
    mock.script([{ text: "done" }]);
    await session();
    expect(mock.turns()[0]?.text).toContain("half-way-there");
    expect(mock.turns()[0]?.text).toContain("check fresh: `npm test` exit 3");
  });

  test("nothing is recorded before the user trusts the hooks, and all of it afterwards", async () => {
    prepare();
    const untrusting = () => codexExec(machine, "go");
    mock.script([{ shell: "npm test" }, { text: "done" }]);
    await untrusting();
    expect(existsSync(machine.batonHome)).toBe(false);
    await trustHooksAsUser(machine);
    mock.script([{ shell: "npm test" }, { text: "done" }]);
    await untrusting();
    expect(checks()).toMatchObject([{ exitCode: 3 }]);
  });

  test("a session goes on as before where Baton can do nothing", async () => {
    prepare();
    writeFileSync(machine.batonHome, "in the way");
    mock.script([{ shell: "npm test" }, { text: "done" }]);
    const { exit, stdout } = await session();
    expect(exit).toBe(0);
    expect(stdout).not.toMatch(/hook.*(fail|error)/i);
    expect(mock.turns()[0]?.text).toContain("Baton brief: not available, error[BTN-H01]");
    expect(mock.turns()[1]?.text).toContain("output-canary");
  });
});
