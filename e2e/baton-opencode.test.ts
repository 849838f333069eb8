/** The OpenCode plugin in the real OpenCode: what the model is given, and what the next session finds. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { isStub, removeStub } from "../ts/src/integrations/opencode/packages.js";
import { baton, recorded, wireOpencode } from "./baton.js";
import { bytesBelow, canary, describeBaton } from "./canaries.js";
import type { ChatBody } from "./mock-model/chat.js";
import type { Received } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig } from "./opencode.js";

describeBaton("the Baton plugin in OpenCode", ["opencode"], (on) => {
  beforeEach(() => {
    wireOpencode(on.machine, on.mock.url);
    const check = join(on.machine.project, "gradlew");
    writeFileSync(
      check,
      `#!/bin/sh\ntest "$1" = build && exit 0\necho ${canary.output}; test -z "$2" || sleep "$2"; exit 3\n`,
    );
    chmodSync(check, 0o755);
  });

  const run = (more: Parameters<typeof opencodeRun>[2] = {}) =>
    opencodeRun(on.machine, canary.prompt, { timeout: 120_000, ...more });

  const system = ({ body }: Received): string => {
    const { messages = [] } = body as ChatBody;
    return messages.flatMap(({ role, content }) => (role === "system" ? [JSON.stringify(content)] : [])).join("");
  };
  /** The brief in the system prompt of a request, as it stands in its JSON. */
  const briefIn = (request: Received | undefined): string | undefined =>
    request && /Baton brief.*/s.exec(system(request))?.[0];

  test("failing and passing checks are in the next session's first request, with their exit codes", async () => {
    on.mock.script([
      { shell: "./gradlew test" },
      { shell: "./gradlew build" },
      { shell: "echo no check" },
      { tool: "bash", args: { command: "./gradlew test 9", description: "too long", timeout: 300 } },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    const turns = on.mock.turns();
    expect(turns).toHaveLength(5);
    expect(briefIn(turns[0])).toContain("nothing is recorded for github.com/example-owner/example-repo");
    expect(new Set(turns.map(briefIn)).size).toBe(1);
    expect(on.mock.received.filter(({ purpose }) => purpose === "title").map(briefIn)).toEqual([undefined]);

    const validations = recorded(on.machine, "validation");
    expect(validations.map(({ exitCode }) => exitCode)).toEqual([3, 0, undefined]);
    expect(validations.map(({ source }) => source)).toEqual(Array(3).fill("VALIDATION_SOURCE_PLUGIN"));
    for (const { treeDigest, durationMs, exitCode } of validations) {
      // A check that was stopped proves no tree (RUN-012).
      if (exitCode === undefined) expect(treeDigest).toBeUndefined();
      else expect(treeDigest).toMatch(/^[0-9a-f]{32}$/);
      expect(Number(durationMs)).toBeLessThan(20_000);
    }
    expect(recorded(on.machine, "sessionMark").map(({ phase }) => phase)).toEqual([
      "SESSION_PHASE_START",
      "SESSION_PHASE_END",
    ]);

    on.mock.script([{ text: "done" }]);
    expect((await run()).exit).toBe(0);
    const brief = briefIn(on.mock.turns()[0]);
    expect(brief).toMatch(/check fresh: `.?gradlew test` exit 3/);
    expect(brief).toMatch(/check fresh: `.?gradlew build` passed/);
    expect(brief).not.toContain(canary.output);
    expect(baton(on.machine, "verify")).not.toContain("corrupt");
  });

  test("a session that is continued starts again, with the brief of that moment", async () => {
    on.mock.script([{ shell: "./gradlew test" }, { text: "done" }]);
    expect((await run()).exit).toBe(0);
    on.mock.script([{ text: "done" }, { text: "done" }]);
    expect((await run({ args: ["--continue"] })).exit).toBe(0);
    expect(briefIn(on.mock.turns()[0])).toMatch(/gradlew test` exit 3/);
    const marks = recorded(on.machine, "sessionMark");
    expect(marks.map(({ phase }) => phase)).toEqual(
      ["START", "END", "START", "END"].map((phase) => `SESSION_PHASE_${phase}`),
    );
    expect(new Set(marks.map(({ session }) => session)).size).toBe(1);
  });

  test("the brief is made anew when the context is compacted, and stands in the request that compacts", async () => {
    on.mock.script([
      { shell: "./gradlew test" },
      { shell: "true", inputTokens: 300_000 },
      { shell: "./gradlew build" },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    expect(on.mock.received.map(({ purpose }) => purpose)).toEqual([
      "title",
      "turn",
      "turn",
      "compaction",
      "turn",
      "turn",
    ]);
    const [, first, second, compaction, third, fourth] = on.mock.received;
    expect(briefIn(first)).toContain("nothing is recorded");
    expect(briefIn(second)).toBe(briefIn(first));
    expect(compaction && briefIn(compaction)).toBeUndefined();
    expect(compaction?.text).toMatch(/Baton brief after compaction.*gradlew test` exit 3/);
    expect(briefIn(third)).toMatch(/Baton brief after compaction.*gradlew test` exit 3/);
    expect(briefIn(fourth)).toBe(briefIn(third));
    expect(recorded(on.machine, "sessionMark").map(({ phase }) => phase)).toEqual([
      "SESSION_PHASE_START",
      "SESSION_PHASE_COMPACT",
      "SESSION_PHASE_END",
    ]);
  });

  test("a limit is in the next brief until it ends, also when OpenCode is killed while it waits", async () => {
    on.mock.script([{ status: 429, headers: { "retry-after": "7200" } }]);
    const killed = await run({
      interrupt: { signal: "SIGKILL", when: () => recorded(on.machine, "modelHealth").length > 0 },
    });
    expect([killed.exit, killed.timedOut]).toEqual([undefined, false]);
    const [health] = recorded(on.machine, "modelHealth");
    expect(health).toMatchObject({ provider: "mock", model: "mock-model", state: "MODEL_STATE_LIMITED" });
    expect(Number(health?.limitResetsAt) - Date.now()).toBeGreaterThan(7_000_000);

    on.mock.script([{ text: "done" }]);
    expect((await run()).exit).toBe(0);
    const turns = on.mock.turns();
    expect(briefIn(turns[0])).toMatch(/model: mock\/mock-model limited until (\d{4}-\d\d-\d\d )?\d\d:\d\dZ/);
    expect(recorded(on.machine, "modelHealth").map(({ state }) => state)).toEqual([
      "MODEL_STATE_LIMITED",
      "MODEL_STATE_AVAILABLE",
    ]);
    expect(baton(on.machine, "resume")).not.toContain("model:");
  });

  test("a server that is overloaded is to be tried again, and a refused request is an error", async () => {
    on.mock.script([{ status: 503, headers: { "retry-after": "1" } }, { text: "done" }]);
    expect((await run()).exit).toBe(0);
    on.mock.script([{ status: 400 }]);
    await run();
    expect(recorded(on.machine, "modelHealth").map(({ state, lastStatus }) => [state, lastStatus])).toEqual([
      ["MODEL_STATE_RETRY", undefined],
      ["MODEL_STATE_AVAILABLE", undefined],
      ["MODEL_STATE_ERROR", 400],
    ]);
    expect(baton(on.machine, "resume")).toContain("model: mock/mock-model error, HTTP 400");
  });

  test("kill -9 while a check runs leaves no result of it, and a state that reads", async () => {
    on.mock.script([{ shell: "./gradlew build" }, { shell: "./gradlew test 60" }]);
    const begun = () => readdirSync(join(on.machine.batonHome, "pending")).length > 0;
    const killed = await run({
      interrupt: { signal: "SIGKILL", when: () => begun() && recorded(on.machine, "validation").length === 1 },
    });
    expect([killed.exit, killed.timedOut]).toEqual([undefined, false]);
    expect(recorded(on.machine, "validation").map(({ exitCode }) => exitCode)).toEqual([0]);
    expect(baton(on.machine, "resume")).toMatch(/gradlew build` passed/);
    expect(() => baton(on.machine, "verify")).not.toThrow();
  });

  test("a subagent is given no brief, and its checks count", async () => {
    const task = { description: "a check", prompt: "run the check", subagent_type: "general" };
    on.mock.script([
      { tool: "task", args: task },
      { shell: "./gradlew test" },
      { text: "it failed" },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    expect(on.mock.turns().map((turn) => briefIn(turn) !== undefined)).toEqual([true, false, false, true]);
    const [check] = recorded(on.machine, "validation");
    const [mark] = recorded(on.machine, "sessionMark");
    expect(check).toMatchObject({ exitCode: 3 });
    expect(check?.session).not.toBe(mark?.session);
    expect(recorded(on.machine, "sessionMark")).toHaveLength(2);
  });

  test("checks below the project, and behind cd, are recorded; a new commit is observed", async () => {
    const below = join(on.machine.project, "below");
    mkdirSync(below);
    writeFileSync(join(below, "gradlew"), "#!/bin/sh\nexit 4\n", { mode: 0o755 });
    on.mock.script([
      { tool: "bash", args: { command: "./gradlew test", description: "below", workdir: below } },
      { shell: "cd below && ./gradlew test" },
      { shell: "git add . && git commit --quiet --message=More && git checkout --quiet -b topic" },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    expect(recorded(on.machine, "validation").map(({ exitCode }) => exitCode)).toEqual([4, 4]);
    const git = (...args: string[]) => execFileSync("git", args, { cwd: on.machine.project, encoding: "utf8" }).trim();
    const pointers = recorded(on.machine, "pointer");
    expect(pointers.findLast(({ commit }) => commit !== undefined)?.commit).toBe(git("rev-parse", "HEAD"));
    expect(pointers.flatMap(({ ref }) => ref ?? [])).toEqual(["main", "topic"]);
  });

  test("nothing that cannot be recorded is noticed", async () => {
    writeFileSync(on.machine.batonHome, "in the way");
    on.mock.script([{ shell: "./gradlew test" }, { text: "done" }]);
    const { exit, stderr } = await run();
    expect(exit).toBe(0);
    expect(stderr).not.toContain("BTN-");
    expect(JSON.stringify(on.mock.turns()[1]?.body)).toContain(canary.output);
  });

  describe("with npm unreachable", () => {
    /** By OpenCode's log: on a busy machine every start is slow. */
    const hasWaitedForNpm = () =>
      bytesBelow(join(on.machine.env.XDG_DATA_HOME ?? "", "opencode", "log")).includes("dependency install failed");

    test("OpenCode starts at once with the plugin, and with a file that carries the brief in its place", async () => {
      on.mock.script([{ text: "done" }]);
      const plugin = await run();
      expect(plugin.exit).toBe(0);
      expect(briefIn(on.mock.turns()[0])).toContain("Baton brief");
      expect(isStub(on.machine.opencodeConfig)).toBe(true);

      rmSync(join(on.machine.opencodeConfig, "plugin"), { recursive: true });
      writeOpencodeConfig(on.machine, on.mock.url, { settings: { instructions: [".git/baton-brief.md"] } });
      baton(on.machine, "note", "the plugin is left out");
      baton(on.machine, "resume", "--write", ".git/baton-brief.md");
      on.mock.script([{ text: "done" }]);
      const file = await run();
      expect(file.exit).toBe(0);
      expect(briefIn(on.mock.turns()[0])).toContain("the plugin is left out");

      process.stdout.write(`OpenCode, one turn: ${plugin.took} ms with the plugin, ${file.took} ms without\n`);
      expect(plugin.took - file.took).toBeLessThan(60_000);
      expect(plugin.took).toBeLessThan(60_000);
      expect(hasWaitedForNpm()).toBe(false);
    });

    test("without the stub the start waits for npm, and the plugin works all the same", async () => {
      removeStub(on.machine.opencodeConfig);
      on.mock.script([{ text: "done" }]);
      const { exit, took } = await run({ timeout: 200_000 });
      expect(exit).toBe(0);
      expect(briefIn(on.mock.turns()[0])).toContain("Baton brief");
      expect(took).toBeGreaterThan(60_000);
      expect(hasWaitedForNpm()).toBe(true);
    });
  });
});
