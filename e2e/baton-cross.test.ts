/** Codex and OpenCode on one repository and one state directory: one after the other, and at the same time. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { baton, recorded, wireCodex, wireOpencode } from "./baton.js";
import { canary, describeBaton } from "./canaries.js";
import { codexExec } from "./codex.js";
import type { Ground } from "./ground.js";
import type { Scripted } from "./mock-model/script.js";
import { opencodeRun } from "./opencode.js";
import type { Run } from "./run.js";
import { bypassTrust } from "./trust.js";

type Client = "codex" | "opencode";

/** Wires both clients, and puts a check into the project: `test` fails, `build` passes. */
function prepare({ machine, mock }: Ground): void {
  const source = `#!/bin/sh\ntest "$1" = build && exit 0\necho ${canary.output}; exit 3\n`;
  writeFileSync(join(machine.project, "gradlew"), source, { mode: 0o755 });
  wireCodex(machine, mock.url);
  wireOpencode(machine, mock.url);
}

/** Runs a session to its end, which must be a good one. */
async function session({ machine }: Ground, client: Client, prompt = "go"): Promise<Run> {
  const text = `${prompt} ${canary.prompt}`;
  const ended = await (client === "codex"
    ? codexExec(machine, text, { args: [bypassTrust], timeout: 200_000 })
    : opencodeRun(machine, text, { timeout: 200_000 }));
  expect([client, ended.exit, ended.timedOut]).toEqual([client, 0, false]);
  return ended;
}

/** The brief in the first request that a model received. */
const firstBrief = ({ mock }: Ground): string => /Baton brief at .*/s.exec(mock.turns()[0]?.text ?? "")?.[0] ?? "";

const note = (text: string): Scripted => ({ tool: "note", args: { text } });
const add = (text: string): Scripted => ({ tool: "next_add", args: { text } });
/** A call with the id of the action whose text starts so, as the brief in the request tells it. */
const take =
  (tool: "next_claim" | "next_done", text: string): Scripted =>
  (request) => ({ tool, args: { id: new RegExp(`(a-[0-9a-f]{16}) \\\\+"${text}`).exec(request)?.[1] } });

/** Lets so many go on together, each time all have come. */
function meetings(count: number): () => Promise<void> {
  let waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length < count) return;
      for (const go of waiting) go();
      waiting = [];
    });
}

describeBaton("Codex and OpenCode in one repository", ["codex", "opencode"], (on) => {
  test("what the model of one leaves is in the first request of the other, both ways", async () => {
    prepare(on);
    on.mock.script([
      { shell: "./gradlew test" },
      note("the limit is read too early"),
      add("open the store first"),
      add("answer the review"),
      { text: canary.answer },
    ]);
    await session(on, "codex");

    on.mock.script([
      take("next_claim", "open the store first"),
      { shell: "./gradlew build" },
      take("next_done", "open the store first"),
      take("next_claim", "answer the review"),
      note("the store opens first now"),
      add("release it"),
      { text: canary.answer },
    ]);
    await session(on, "opencode");
    const fromCodex = firstBrief(on);
    expect(fromCodex).toMatch(/open: a-[0-9a-f]{16} \\+"open the store first\\+"/);
    expect(fromCodex).toMatch(/open: a-[0-9a-f]{16} \\+"answer the review\\+"/);
    expect(fromCodex).toContain("the limit is read too early");
    expect(fromCodex).toMatch(/check fresh: `.?gradlew test` exit 3/);

    // The check comes first: Codex offers the tools of a server once it is up, and does not wait for it.
    on.mock.script([{ shell: "./gradlew test" }, take("next_claim", "answer the review"), { text: canary.answer }]);
    await session(on, "codex");
    const fromOpencode = firstBrief(on);
    expect(fromOpencode).not.toContain("open the store first");
    expect(fromOpencode).toMatch(/claimed: a-[0-9a-f]{16} \\+"answer the review\\+"/);
    expect(fromOpencode).toMatch(/open: a-[0-9a-f]{16} \\+"release it\\+"/);
    expect(fromOpencode).toContain("the store opens first now");
    expect(fromOpencode).toMatch(/check fresh: `.?gradlew build` passed/);
    // What OpenCode's session has claimed, the model in Codex cannot.
    expect(on.mock.turns().at(-1)?.text).toContain("error[BTN-C01]");
  });

  const pairs: [Client, Client][] = [
    ["codex", "codex"],
    ["opencode", "opencode"],
    ["codex", "opencode"],
  ];
  test.each(pairs)(
    "%s and %s at once lose nothing, and of two that claim an action one gets it",
    async (...clients) => {
      prepare(on);
      const { machine, mock } = on;
      const ids = ["first", "second", "third"].map((text) => baton(machine, "next", "add", text).trim());
      const together = meetings(2);
      const claim =
        (id: string): Scripted =>
        async () => {
          await together();
          return { tool: "next_claim", args: { id } };
        };
      const scriptOf = (name: string, task: string): Scripted[] => [
        { shell: `./gradlew ${task}` },
        ...ids.flatMap((id, n) => [note(`note ${n} of ${name}`), claim(id)]),
        add(`action of ${name}`),
        { text: canary.answer },
      ];
      mock.script({ "session-a": scriptOf("a", "test"), "session-b": scriptOf("b", "build") });
      await Promise.all([session(on, clients[0], "session-a"), session(on, clients[1], "session-b")]);

      const requests = ["session-a", "session-b"].map((word) => mock.turns().filter(({ text }) => text.includes(word)));
      for (const [first] of requests) for (const id of ids) expect(first?.text).toContain(id);
      const answers = requests.map((of) => of.at(-1)?.text ?? "");
      const count = (form: RegExp) => answers.flatMap((text) => [...text.matchAll(form)]).length;
      expect([count(/claimed for 120 minutes/g), count(/error\[BTN-C01\]/g)]).toEqual([ids.length, ids.length]);

      const actions = recorded(machine, "nextAction");
      const claims = actions.filter(({ state }) => state === "ACTION_STATE_CLAIMED");
      expect(claims.map(({ id }) => id).sort()).toEqual([...ids].sort());
      const texts = recorded(machine, "handoffNote").map(({ text }) => text);
      const notes = ["a", "b"].flatMap((name) => ids.map((_, n) => `note ${n} of ${name}`));
      expect(texts.sort()).toEqual(notes.sort());
      expect(actions.map(({ text }) => text)).toEqual(expect.arrayContaining(["action of a", "action of b"]));

      const marks = recorded(machine, "sessionMark");
      const sessions = marks.flatMap(({ phase, session }) => (phase === "SESSION_PHASE_START" ? [session] : []));
      expect(new Set(sessions).size).toBe(2);
      for (const session of sessions)
        expect(marks.filter((mark) => mark.session === session).map(({ phase }) => phase)).toEqual([
          "SESSION_PHASE_START",
          "SESSION_PHASE_END",
        ]);
      const checks = recorded(machine, "validation").map(({ exitCode, session }) => [exitCode, session]);
      expect(checks.map(([exitCode]) => exitCode).sort()).toEqual([0, 3]);
      expect(checks.map(([, session]) => session).sort()).toEqual([...sessions].sort());
      expect(baton(machine, "verify")).toMatch(/\n\d+ records, 0 problems\n$/);
    },
  );
});
