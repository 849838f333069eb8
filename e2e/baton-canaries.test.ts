/** What users, models and tools say stays in the clients: canaries everywhere in real sessions, and none in Baton. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { baton, recorded, stderrFile, wireCodex, wireOpencode } from "./baton.js";
import { bytesBelow, canary, canaryFile, describeBaton, leaks, tracesIn } from "./canaries.js";
import { codexExec } from "./codex.js";
import { describeWith, type Ground } from "./ground.js";
import type { Machine } from "./isolate.js";
import type { Scripted } from "./mock-model/script.js";
import { opencodeRun } from "./opencode.js";
import { bypassTrust } from "./trust.js";

describeWith("the search for canaries", [], (on) => {
  test("finds nothing where nothing is, and all that is planted where it stands", async () => {
    const { machine } = on;
    baton(machine, "note", "the store opens first");
    expect(await leaks(machine)).toEqual([]);

    const file = (name: string, content: string | Buffer) => writeFileSync(join(machine.batonHome, name), content);
    const path = JSON.stringify(machine.root);
    mkdirSync(join(machine.batonHome, "bin"));
    file(join("bin", "baton"), `cd ${path}`);
    expect(await leaks(machine)).toEqual([]);

    file("init.json", `{"path":${path},"why":"${canary.variable}"}`);
    file("bytes", Buffer.concat([Buffer.from([0, 255, 31]), Buffer.from("CANARY-prompt"), Buffer.alloc(9)]));
    file("canary-file.txt", "");
    mkdirSync(join(machine.batonHome, "Canary"));
    file("thread", "of 01A2b3c4-0000-7000-8000-0123456789ab");
    file("session", "0ses_0123456789abcdefABCDEF");
    file("call", "of call_1");
    file("path", path);
    appendFileSync(stderrFile(machine), `error: ${canary.key}\n`);
    baton(machine, "note", canary.answer);
    file("packed", gzipSync(`{"said":"${canary.prompt}"}`));
    file("decoded", `01${Buffer.from(` ${canary.aside}`).toString("base64")}`);
    const found = [
      "a canary in a name: a part of one, raw",
      "a canary in a name: file, raw",
      "a canary in baton export --jsonl: answer, raw",
      "a canary in baton resume: answer, raw",
      "a canary in baton status --json: answer, raw",
      "a canary in bytes: prompt, raw",
      "a canary in decoded: aside, base64",
      "a canary in decoded: aside, base64url",
      "a canary in init.json: variable, raw",
      "a canary in packed: prompt, raw, gzip",
      expect.stringMatching(/^a canary in segments\W\w+\.seg: answer, raw$/),
      "a canary in standard error: key, raw",
      `a path in path: ${machine.root}`,
      "an id of Codex in thread: 01A2b3c4-0000-7000-8000-0123456789ab",
      "an id of OpenCode in session: ses_0123456789abcdefABCD",
      "an id of a call in call: call_1",
    ];
    expect((await leaks(machine)).sort()).toEqual(found);
  });
});

/** Writes a check into the project: `test` fails after so many seconds and says much, `build` passes. */
function writeCheck({ project }: Machine): void {
  const source = `#!/bin/sh\ntest "$1" = build && exit 0\necho ${canary.output}; test "$2" = 60 && sleep 60; exit 3\n`;
  writeFileSync(join(project, "gradlew"), source, { mode: 0o755 });
}

/** A session with all that may be said in one; what follows the compaction is given. */
function session(...after: Scripted[]): Scripted[] {
  return [
    { shell: "./gradlew test" },
    { shell: "./gradlew build" },
    { shell: `./gradlew test ${canary.argument}` },
    { shell: `echo ${canary.argument}; cat ${canaryFile}; echo $E2E_CANARY $MOCK_API_KEY` },
    { tool: "note", args: { text: "the store opens first" } },
    { tool: "note", args: { text: `use ${canary.key}` } },
    { tool: "next_add", args: { text: "open the store" } },
    (request) => ({ tool: "next_claim", args: { id: /added as (a-[0-9a-f]{16})/.exec(request)?.[1] } }),
    { shell: "true", inputTokens: 300_000 },
    ...after,
  ];
}

/** A session in the middle of a check, and when to kill it. */
const unfinished: Scripted[] = [{ shell: `./gradlew test 60 ${canary.argument}` }];
const killInCheck = (machine: Machine) =>
  ({ signal: "SIGKILL", when: () => readdirSync(join(machine.batonHome, "pending")).length > 0 }) as const;

/** That the sessions did what they should, and the client kept the canaries; Baton is searched after each test. */
function expectSessions({ machine, mock }: Ground, requests: string, traces: string[]): void {
  expect(recorded(machine, "validation").map(({ exitCode }) => exitCode)).toEqual([3, 0, 3]);
  expect(recorded(machine, "handoffNote").map(({ text }) => text)).toEqual(["the store opens first"]);
  expect(recorded(machine, "nextAction").at(-1)?.state).toBe("ACTION_STATE_CLAIMED");
  expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_COMPACT");
  const kept = bytesBelow(join(machine.codexHome, "sessions"), machine.env.XDG_DATA_HOME ?? "");
  for (const [place, text] of Object.entries(canary)) expect([place, kept.includes(text)]).toEqual([place, true]);
  for (const place of ["prompt", "aside", "output", "argument", "file", "variable", "key"] as const)
    expect([place, requests.includes(canary[place])]).toEqual([place, true]);
  expect(tracesIn(kept)).toEqual(traces);
  expect(requests).toContain("error[BTN-G");
  expect(mock.received[0]?.headers.authorization).toBe("Bearer sk-...");
}

const requestsOf = ({ mock }: Ground): string => mock.received.map(({ text }) => text).join("\n");

describeBaton("what is said in Codex", ["codex"], (on) => {
  test("stays there: checks, notes, claims, compaction, a limit, kill -9", async () => {
    const { machine, mock } = on;
    writeCheck(machine);
    wireCodex(machine, mock.url);
    const exec = (more: Parameters<typeof codexExec>[2] = {}) =>
      codexExec(machine, canary.prompt, { args: [bypassTrust], ...more });
    mock.script(session({ text: canary.answer }));
    expect((await exec()).exit).toBe(0);
    const requests = requestsOf(on);
    mock.script([{ status: 429, headers: { "retry-after": "7200" } }]);
    expect((await exec()).exit).toBe(1);
    mock.script(unfinished);
    expect((await exec({ interrupt: killInCheck(machine) })).exit).toBeUndefined();
    expectSessions(on, requests, ["a canary", "an id of Codex", "an id of a call"]);
  });
});

describeBaton("what is said in OpenCode", ["opencode"], (on) => {
  test("stays there: checks, notes, claims, compaction, a limit, kill -9", async () => {
    const { machine, mock } = on;
    writeCheck(machine);
    wireOpencode(machine, mock.url);
    mock.script(session({ status: 429, headers: { "retry-after": "1" } }, { text: canary.answer }));
    const { exit, stderr } = await opencodeRun(machine, canary.prompt, { timeout: 200_000 });
    expect([exit, stderr]).toEqual([0, expect.not.stringContaining("BTN-")]);
    const requests = requestsOf(on);
    mock.script(unfinished);
    const more = { timeout: 200_000, interrupt: killInCheck(machine) };
    expect((await opencodeRun(machine, canary.prompt, more)).exit).toBeUndefined();
    expectSessions(on, requests, ["a canary", "an id of OpenCode", "an id of a call"]);
    expect(recorded(machine, "modelHealth").map(({ state }) => state)).toContain("MODEL_STATE_LIMITED");
  });
});
