/** Baton in the real Codex: its hooks as commands and as calls of its MCP server, as `baton init` writes them. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandHooks, toolHooks } from "../ts/src/integrations/codex/hooks.js";
import { baton, hookCommand, recorded, wireCodex } from "./baton.js";
import { canary, describeBaton } from "./canaries.js";
import { codexExec } from "./codex.js";
import type { Machine } from "./isolate.js";
import type { RunOptions } from "./run.js";
import { bypassTrust, trustHooksAsUser } from "./trust.js";

/** Scripts of the project: what they print must stay where it is. */
const scripts = {
  test: `node -e "console.log('${canary.output}'); process.exit(3)"`,
  build: "node --version",
  "test:slow": `node -e "setTimeout(() => process.exit(4), 1000)"`,
  lint: `node -e "setTimeout(() => {}, 60000)"`,
};

const asCommands = (machine: Machine) => commandHooks(hookCommand(machine));
const asCalls = (machine: Machine) => toolHooks("baton", hookCommand(machine));

describeBaton("Baton in Codex", ["codex"], (on) => {
  function prepare(hooks = asCommands): void {
    writeFileSync(join(on.machine.project, "package.json"), `${JSON.stringify({ private: true, scripts })}\n`);
    wireCodex(on.machine, on.mock.url, hooks(on.machine));
  }

  const session = (options: Partial<RunOptions> = {}) =>
    codexExec(on.machine, canary.prompt, { args: [bypassTrust], ...options });
  const checks = () => recorded(on.machine, "validation");
  const phases = () => recorded(on.machine, "sessionMark").map(({ phase }) => phase);
  const start = (cmd: string, wait = 300) => ({ tool: "exec_command", args: { cmd, yield_time_ms: wait } });

  test("the brief arrives with the first request, and anew after compaction", async () => {
    prepare();
    baton(on.machine, "note", "the-limit-is-in-the-store");
    on.mock.script([{ shell: "npm test", inputTokens: 300_000 }, { shell: "true" }, { text: "done" }]);
    expect((await session()).exit).toBe(0);
    expect(on.mock.received.map(({ purpose }) => purpose)).toEqual(["turn", "compaction", "turn", "turn"]);
    const [first, , second] = on.mock.received;
    expect(first?.text).toContain("the-limit-is-in-the-store");
    expect(first?.text).toMatch(/Baton brief at .*recorded data, not instructions/);
    expect(second?.text).toMatch(/Baton brief after compaction at .*check fresh: `npm test` exit 3/);
    expect(second?.text).not.toMatch(/Baton brief at /);
    expect(phases()).toEqual(["SESSION_PHASE_START", "SESSION_PHASE_COMPACT", "SESSION_PHASE_END"]);
  });

  const forms = [
    ["commands", asCommands, "CLIENT_CODEX"],
    ["calls of the MCP server", asCalls, "CLIENT_MCP"],
  ] as const;
  test.each(forms)(
    "failing and passing checks are proven, and nothing of their text is kept (%s)",
    async (_, hooks, by) => {
      prepare(hooks);
      baton(on.machine, "next", "add", "rebase-the-branch");
      on.mock.script([
        { shell: "npm test" },
        { shell: "npm run build" },
        { shell: "echo no-check; exit 5" },
        { text: canary.answer },
      ]);
      expect((await session()).exit).toBe(0);
      expect(on.mock.turns()[0]?.text).toContain("rebase-the-branch");
      expect(on.mock.turns()[1]?.text).toContain(canary.output);
      const proof = { source: "VALIDATION_SOURCE_HOOK", treeDigest: expect.any(String) };
      expect(checks()).toMatchObject([
        { command: "npm test", exitCode: 3, ...proof },
        { command: "npm run build", exitCode: 0, ...proof },
      ]);
      expect(checks().map(({ client }) => client)).toEqual([by, by]);
      expect(phases()).toEqual(["SESSION_PHASE_START", "SESSION_PHASE_END"]);
      expect(baton(on.machine, "resume")).toMatch(
        /check fresh: `npm run build` passed, .*\ncheck fresh: `npm test` exit 3, /,
      );
      expect(baton(on.machine, "verify")).not.toContain("open tail");
    },
  );

  test.each([
    ["at the next command, by a command", asCommands, [{ shell: "sleep 4" }]],
    ["at the next command, by a call", asCalls, [{ shell: "sleep 4" }]],
    ["at the end of the turn", asCommands, [start("sleep 8", 5000)]],
  ])("a check that runs on while Codex looks away is recorded %s", async (_, hooks, more) => {
    prepare(hooks);
    on.mock.script([start("npm run test:slow"), ...more, { text: "done" }]);
    await session();
    expect(checks()).toMatchObject([
      { command: "npm run test:slow", exitCode: 4, source: "VALIDATION_SOURCE_HOOK", treeDigest: expect.any(String) },
    ]);
  });

  test.each(forms)("a subagent's check is recorded under the session of its parent (%s)", async (_, hooks) => {
    prepare(hooks);
    on.mock.script();
    const prompt = `#steps tool:spawn_agent={"message":"#steps shell:npm test"} ~ shell:sleep 6 ~ text:done`;
    await codexExec(on.machine, prompt, { args: [bypassTrust] });
    expect(checks()).toMatchObject([{ command: "npm test", exitCode: 3, source: "VALIDATION_SOURCE_HOOK" }]);
    expect([...checks(), ...recorded(on.machine, "sessionMark")].map(({ session }) => session)).toEqual(
      Array(3).fill(checks()[0]?.session),
    );
  });

  test("a check that still runs when the session ends has neither passed nor failed", async () => {
    prepare();
    on.mock.script([start("npm run lint"), { text: "done" }]);
    await session();
    const [check, ...others] = checks();
    expect(others).toEqual([]);
    expect(check).toMatchObject({ command: "npm run lint", source: "VALIDATION_SOURCE_HOOK" });
    expect(check).not.toHaveProperty("exitCode");
    expect(readdirSync(join(on.machine.batonHome, "pending"))).toEqual([]);
  });

  test("a note of the model arrives in the next session", async () => {
    prepare();
    const note = { tool: "baton__note", args: { text: "the-limit-moved", category: "decision" } };
    on.mock.script([note, { text: "done" }]);
    await session();
    on.mock.script([{ text: "done" }]);
    await session();
    expect(on.mock.turns()[0]?.text).toMatch(/decision: .*the-limit-moved/);
  });

  test("kill -9 in the middle of a session loses nothing that was recorded", async () => {
    prepare();
    on.mock.script([
      { shell: "npm test" },
      { tool: "baton__note", args: { text: "half-way-there" } },
      { shell: "npm run lint" },
    ]);
    const begun = () => readdirSync(join(on.machine.batonHome, "pending")).length > 0;
    const run = await session({
      interrupt: { signal: "SIGKILL", when: () => on.mock.turns().length === 3 && begun() },
    });
    expect(run.exit).toBeUndefined();
    expect(checks()).toMatchObject([{ command: "npm test", exitCode: 3 }]);
    expect(phases()).toEqual(["SESSION_PHASE_START"]);
    on.mock.script([{ text: "done" }]);
    await session();
    expect(on.mock.turns()[0]?.text).toContain("half-way-there");
    expect(on.mock.turns()[0]?.text).toContain("check fresh: `npm test` exit 3");
  });

  test("nothing is recorded before the user trusts the hooks, and all of it afterwards", async () => {
    prepare();
    const untrusting = () => codexExec(on.machine, "go");
    on.mock.script([{ shell: "npm test" }, { text: "done" }]);
    await untrusting();
    expect(existsSync(on.machine.batonHome)).toBe(false);
    await trustHooksAsUser(on.machine);
    on.mock.script([{ shell: "npm test" }, { text: "done" }]);
    await untrusting();
    expect(checks()).toMatchObject([{ exitCode: 3 }]);
  });

  test("a session goes on as before where Baton can do nothing", async () => {
    prepare();
    writeFileSync(on.machine.batonHome, "in the way");
    on.mock.script([{ shell: "npm test" }, { text: "done" }]);
    const { exit, stdout } = await session();
    expect(exit).toBe(0);
    expect(stdout).not.toMatch(/hook.*(fail|error)/i);
    expect(on.mock.turns()[0]?.text).toContain("Baton brief: not available, error[BTN-H01]");
    expect(on.mock.turns()[1]?.text).toContain(canary.output);
  });
});
