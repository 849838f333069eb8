/** The OpenCode plugin in the real OpenCode: what the model is given, and what the next session finds. */

import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isStub, removeStub, writeStub } from "../ts/src/integrations/opencode/packages.js";
import { baton, pluginSource, recorded } from "./baton.js";
import { isInstalled } from "./clients.js";
import { isolate, type Machine } from "./isolate.js";
import type { ChatBody } from "./mock-model/chat.js";
import { type MockModel, type Received, startMockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig, writePlugin } from "./opencode.js";

describe.skipIf(!isInstalled("opencode"))("the Baton plugin in OpenCode", () => {
  let mock: MockModel;
  let machine: Machine;
  beforeAll(async () => {
    mock = await startMockModel();
  });
  afterAll(() => mock.close());
  beforeEach(() => {
    machine = isolate("opencode");
    // On a busy machine git may need longer than a host should wait.
    machine.env.BATON_GIT_MS = "20000";
    writeOpencodeConfig(machine, mock.url);
    writeStub(machine.opencodeConfig);
    writePlugin(machine, "baton.js", pluginSource());
    const check = join(machine.project, "gradlew");
    writeFileSync(
      check,
      '#!/bin/sh\ntest "$1" = build && exit 0\necho SECRET-OUTPUT; test -z "$2" || sleep "$2"; exit 3\n',
    );
    chmodSync(check, 0o755);
  });
  afterEach(() => machine.remove());

  const run = (more: Parameters<typeof opencodeRun>[2] = {}) =>
    opencodeRun(machine, "go", { timeout: 120_000, ...more });

  const system = ({ body }: Received): string => {
    const { messages = [] } = body as ChatBody;
    return messages.flatMap(({ role, content }) => (role === "system" ? [JSON.stringify(content)] : [])).join("");
  };
  /** The brief in the system prompt of a request, as it stands in its JSON. */
  const briefIn = (request: Received | undefined): string | undefined =>
    request && /Baton brief.*/s.exec(system(request))?.[0];

  test("failing and passing checks are in the next session's first request, with their exit codes", async () => {
    mock.script([
      { shell: "./gradlew test" },
      { shell: "./gradlew build" },
      { shell: "echo no check" },
      { tool: "bash", args: { command: "./gradlew test 9", description: "too long", timeout: 300 } },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    const turns = mock.turns();
    expect(turns).toHaveLength(5);
    expect(briefIn(turns[0])).toContain("nothing is recorded for github.com/example-owner/example-repo");
    expect(new Set(turns.map(briefIn)).size).toBe(1);
    expect(mock.received.filter(({ purpose }) => purpose === "title").map(briefIn)).toEqual([undefined]);

    const validations = recorded(machine, "validation");
    expect(validations.map(({ exitCode }) => exitCode)).toEqual([3, 0, undefined]);
    expect(validations.map(({ source }) => source)).toEqual(Array(3).fill("VALIDATION_SOURCE_PLUGIN"));
    for (const { treeDigest, durationMs, exitCode } of validations) {
      // A check that was stopped proves no tree (RUN-012).
      if (exitCode === undefined) expect(treeDigest).toBeUndefined();
      else expect(treeDigest).toMatch(/^[0-9a-f]{32}$/);
      expect(Number(durationMs)).toBeLessThan(20_000);
    }
    expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toEqual([
      "SESSION_PHASE_START",
      "SESSION_PHASE_END",
    ]);

    mock.script([{ text: "done" }]);
    expect((await run()).exit).toBe(0);
    const brief = briefIn(mock.turns()[0]);
    expect(brief).toMatch(/check fresh: `.?gradlew test` exit 3/);
    expect(brief).toMatch(/check fresh: `.?gradlew build` passed/);
    expect(brief).not.toContain("SECRET-OUTPUT");
    expect(baton(machine, "verify")).not.toContain("corrupt");
  });

  test("a session that is continued starts again, with the brief of that moment", async () => {
    mock.script([{ shell: "./gradlew test" }, { text: "done" }]);
    expect((await run()).exit).toBe(0);
    mock.script([{ text: "done" }, { text: "done" }]);
    expect((await run({ args: ["--continue"] })).exit).toBe(0);
    expect(briefIn(mock.turns()[0])).toMatch(/gradlew test` exit 3/);
    const marks = recorded(machine, "sessionMark");
    expect(marks.map(({ phase }) => phase)).toEqual(
      ["START", "END", "START", "END"].map((phase) => `SESSION_PHASE_${phase}`),
    );
    expect(new Set(marks.map(({ session }) => session)).size).toBe(1);
  });

  test("the brief is made anew when the context is compacted, and stands in the request that compacts", async () => {
    mock.script([
      { shell: "./gradlew test" },
      { shell: "true", inputTokens: 300_000 },
      { shell: "./gradlew build" },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    expect(mock.received.map(({ purpose }) => purpose)).toEqual([
      "title",
      "turn",
      "turn",
      "compaction",
      "turn",
      "turn",
    ]);
    const [, first, second, compaction, third, fourth] = mock.received;
    expect(briefIn(first)).toContain("nothing is recorded");
    expect(briefIn(second)).toBe(briefIn(first));
    expect(compaction && briefIn(compaction)).toBeUndefined();
    expect(compaction?.text).toMatch(/Baton brief after compaction.*gradlew test` exit 3/);
    expect(briefIn(third)).toMatch(/Baton brief after compaction.*gradlew test` exit 3/);
    expect(briefIn(fourth)).toBe(briefIn(third));
    expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toEqual([
      "SESSION_PHASE_START",
      "SESSION_PHASE_COMPACT",
      "SESSION_PHASE_END",
    ]);
  });

  test("a limit is in the next brief until it ends, also when OpenCode is killed while it waits", async () => {
    mock.script([{ status: 429, headers: { "retry-after": "7200" } }]);
    const killed = await run({
      started: (signal) => {
        const look = setInterval(() => {
          if (recordedSafely("modelHealth").length === 0) return;
          clearInterval(look);
          signal("SIGKILL");
        }, 500);
      },
    });
    expect([killed.exit, killed.timedOut]).toEqual([undefined, false]);
    const [health] = recorded(machine, "modelHealth");
    expect(health).toMatchObject({ provider: "mock", model: "mock-model", state: "MODEL_STATE_LIMITED" });
    expect(Number(health?.limitResetsAt) - Date.now()).toBeGreaterThan(7_000_000);

    mock.script([{ text: "done" }]);
    expect((await run()).exit).toBe(0);
    const turns = mock.turns();
    expect(briefIn(turns[0])).toMatch(/model: mock\/mock-model limited until (\d{4}-\d\d-\d\d )?\d\d:\d\dZ/);
    expect(recorded(machine, "modelHealth").map(({ state }) => state)).toEqual([
      "MODEL_STATE_LIMITED",
      "MODEL_STATE_AVAILABLE",
    ]);
    expect(baton(machine, "resume")).not.toContain("model:");
  });

  /** As `recorded`, while somebody writes. */
  function recordedSafely(kind: string): unknown[] {
    try {
      return recorded(machine, kind);
    } catch {
      return [];
    }
  }

  test("a server that is overloaded is to be tried again, and a refused request is an error", async () => {
    mock.script([{ status: 503, headers: { "retry-after": "1" } }, { text: "done" }]);
    expect((await run()).exit).toBe(0);
    mock.script([{ status: 400 }]);
    await run();
    expect(recorded(machine, "modelHealth").map(({ state, lastStatus }) => [state, lastStatus])).toEqual([
      ["MODEL_STATE_RETRY", undefined],
      ["MODEL_STATE_AVAILABLE", undefined],
      ["MODEL_STATE_ERROR", 400],
    ]);
    expect(baton(machine, "resume")).toContain("model: mock/mock-model error, HTTP 400");
  });

  test("kill -9 while a check runs leaves no result of it, and a state that reads", async () => {
    mock.script([{ shell: "./gradlew build" }, { shell: "./gradlew test 60" }]);
    const begun = join(machine.batonHome, "pending");
    const killed = await run({
      started: (signal) => {
        const look = setInterval(() => {
          if (recordedSafely("validation").length !== 1 || !existsSync(begun) || readdirSync(begun).length === 0)
            return;
          clearInterval(look);
          signal("SIGKILL");
        }, 500);
      },
    });
    expect([killed.exit, killed.timedOut]).toEqual([undefined, false]);
    expect(recorded(machine, "validation").map(({ exitCode }) => exitCode)).toEqual([0]);
    expect(baton(machine, "resume")).toMatch(/gradlew build` passed/);
    expect(() => baton(machine, "verify")).not.toThrow();
  });

  test("a subagent is given no brief, and its checks count", async () => {
    const task = { description: "a check", prompt: "run the check", subagent_type: "general" };
    mock.script([{ tool: "task", args: task }, { shell: "./gradlew test" }, { text: "it failed" }, { text: "done" }]);
    expect((await run()).exit).toBe(0);
    expect(mock.turns().map((turn) => briefIn(turn) !== undefined)).toEqual([true, false, false, true]);
    const [check] = recorded(machine, "validation");
    const [mark] = recorded(machine, "sessionMark");
    expect(check).toMatchObject({ exitCode: 3 });
    expect(check?.session).not.toBe(mark?.session);
    expect(recorded(machine, "sessionMark")).toHaveLength(2);
  });

  test("checks below the project, and behind cd, are recorded; a new commit is observed", async () => {
    const below = join(machine.project, "below");
    mkdirSync(below);
    writeFileSync(join(below, "gradlew"), "#!/bin/sh\nexit 4\n", { mode: 0o755 });
    mock.script([
      { tool: "bash", args: { command: "./gradlew test", description: "below", workdir: below } },
      { shell: "cd below && ./gradlew test" },
      { shell: "git add . && git commit --quiet --message=More && git checkout --quiet -b topic" },
      { text: "done" },
    ]);
    expect((await run()).exit).toBe(0);
    expect(recorded(machine, "validation").map(({ exitCode }) => exitCode)).toEqual([4, 4]);
    const git = (...args: string[]) => execFileSync("git", args, { cwd: machine.project, encoding: "utf8" }).trim();
    const pointers = recorded(machine, "pointer");
    expect(pointers.findLast(({ commit }) => commit !== undefined)?.commit).toBe(git("rev-parse", "HEAD"));
    expect(pointers.flatMap(({ ref }) => ref ?? [])).toEqual(["main", "topic"]);
  });

  test("nothing that cannot be recorded is noticed", async () => {
    writeFileSync(machine.batonHome, "in the way");
    mock.script([{ shell: "./gradlew test" }, { text: "done" }]);
    const { exit, stderr } = await run();
    expect(exit).toBe(0);
    expect(stderr).not.toContain("BTN-");
    expect(JSON.stringify(mock.turns()[1]?.body)).toContain("SECRET-OUTPUT");
  });

  test("no text of the session is anywhere in the state", async () => {
    mock.script([{ shell: "./gradlew test" }, { text: "CANARY-ANSWER" }]);
    expect((await opencodeRun(machine, "CANARY-PROMPT", { timeout: 120_000 })).exit).toBe(0);
    expect(recorded(machine, "validation")).toHaveLength(1);
    const files = readdirSync(machine.batonHome, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    const bytes = Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
    for (const text of ["CANARY", "SECRET-OUTPUT", machine.root, "ses_", "dummy"])
      expect(bytes.includes(text), text).toBe(false);
  });

  describe("with npm unreachable", () => {
    test("the stub of the packages makes OpenCode start at once, and nothing is installed into it", async () => {
      mock.script([{ text: "done" }]);
      const { exit, took } = await run();
      expect(exit).toBe(0);
      expect(briefIn(mock.turns()[0])).toContain("Baton brief");
      expect(took).toBeLessThan(60_000);
      expect(isStub(machine.opencodeConfig)).toBe(true);
    });

    test("without the stub the start waits for npm, and the plugin works all the same", async () => {
      removeStub(machine.opencodeConfig);
      mock.script([{ text: "done" }]);
      const { exit, took } = await run({ timeout: 200_000 });
      expect(exit).toBe(0);
      expect(briefIn(mock.turns()[0])).toContain("Baton brief");
      expect(took).toBeGreaterThan(60_000);
    });
  });

  test("without the plugin, a file in the git folder that instructions name carries the brief", async () => {
    rmSync(join(machine.opencodeConfig, "plugin"), { recursive: true });
    writeOpencodeConfig(machine, mock.url, { settings: { instructions: [".git/baton-brief.md"] } });
    baton(machine, "note", "the plugin is left out");
    baton(machine, "resume", "--write", ".git/baton-brief.md");
    mock.script([{ text: "done" }]);
    expect((await run()).exit).toBe(0);
    expect(briefIn(mock.turns()[0])).toContain("the plugin is left out");
  });
});
