import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { type Draw, drawFrom } from "../../../conformance/draw.js";
import { model, note, segment, usage } from "../gc/records.js";
import { fileOf } from "../merge/home.js";
import { stepping } from "../merge/steps.js";
import {
  type Answers,
  answersOf,
  compactable,
  compactedHome,
  drawnCompactable,
  expectLawful,
  type Files,
} from "./compaction.js";
import { type Cut, cutPower, damageNames, nameLosses } from "./damage.js";
import { type Disk, leftByProcess } from "./disk.js";
import { errorCodes, type Fault, type Plan } from "./faults.js";
import { crashFiles } from "./files.js";
import { load } from "./law.js";
import { age } from "./mirror.js";
import { firstSeed, isDeep, randomRuns, say } from "./runs.js";

vi.setConfig({ testTimeout: 3_600_000 });

const state = compactedHome();
const drawnCut: Cut = { damage: "drawn", names: "drawn" };
const everyCut: readonly Cut[] = damageNames.flatMap((damage) => nameLosses.map((names) => ({ damage, names })));
const cuts = isDeep ? everyCut : everyCut.filter(({ names }, i) => names === "drawn" || i % 4 === 0);

interface Expected {
  readonly before: Answers;
  readonly kept: Answers;
  /** Calls of a compaction that nothing disturbs. */
  readonly calls: number;
}

/** What a compaction that nothing disturbs makes of these files. */
function undisturbed(files: Files): Expected {
  const disk = state.hold(files);
  const sound = crashFiles(disk);
  expect(state.gc(sound)).toBe(true);
  return { before: answersOf(files), kept: answersOf(state.files()), calls: sound.count() };
}

/**
 * From what a crash left, through two more compactions that crash, to one that ends: the same as without any crash. `left`
 * is a disk of which the process is gone, or the files behind a power cut.
 */
function expectSameEnd(left: Disk | Files, { before, kept, calls }: Expected, draw: Draw, where: string): void {
  let disk = "names" in left ? left : state.hold(left);
  for (let crash = 1; crash <= 2; crash++) {
    state.rest();
    state.gc(crashFiles(disk, { goneAt: 1 + draw(calls) }));
    const cut = cutPower(disk, drawnCut, draw);
    for (const now of [leftByProcess(disk), cut])
      expectLawful(answersOf(now), kept, before, `${where}, crash ${crash} of the next one`);
    if (draw(2) === 0) disk = state.hold(cut);
  }
  state.rest();
  expect(state.gc(crashFiles(disk)), where).toBe(true);
  expectLawful(answersOf(cutPower(disk, drawnCut, draw)), kept, before, `${where}, power cut behind the end`);
  // A file without a header holds nothing, but winners stay while any file cannot be read (SEG-071).
  const unreadable = load(state.files()).filter(({ standing }) => standing.name === "UNREADABLE");
  if (unreadable.length > 0) {
    for (const { scanned } of unreadable) rmSync(join(state.dir, scanned.file));
    state.hold(state.files());
    state.gc();
  }
  expect(answersOf(state.files()), `${where}, in the end`).toEqual(kept);
}

it("a compaction that is killed, or whose power is cut, at any step loses nothing and brings nothing twice (SEG-053, SEG-072)", () => {
  const files = compactable();
  const expected = undisturbed(files);
  const draw = drawFrom(2);
  let states = 0;
  let ends = 0;
  expect(expected.calls).toBeGreaterThan(15);
  expect(expected.kept.records.length).toBeLessThan(expected.before.records.length);
  for (let at = 1; at <= expected.calls + 1; at++) {
    const disk = state.hold(files);
    state.gc(crashFiles(disk, { goneAt: at }));
    const lefts = cuts.map((cut) => [JSON.stringify(cut), cutPower(disk, cut, draw)] as const);
    expectLawful(answersOf(leftByProcess(disk)), expected.kept, expected.before, `killed at call ${at}`);
    expectSameEnd(disk, expected, draw, `killed at call ${at}`);
    states++;
    ends++;
    for (const [cut, left] of lefts) {
      const where = `at call ${at}, ${cut}`;
      expectLawful(answersOf(left), expected.kept, expected.before, where);
      states++;
      if (!isDeep && states % 5 > 0) continue;
      expectSameEnd(left, expected, draw, where);
      ends++;
    }
  }
  say(
    `compaction, every call: ${expected.calls} calls, ${states} states, ${ends} of them through two more crashes to the end`,
  );
});

it("a compaction loses nothing whichever call fails, once or always, also where the power is cut then", () => {
  const files = compactable();
  const expected = undisturbed(files);
  const draw = drawFrom(3);
  let runs = 0;
  for (let at = 1; at <= expected.calls; at++)
    for (const to of [at, at + 1, Number.POSITIVE_INFINITY])
      for (const code of isDeep ? errorCodes : (["EIO"] as const)) {
        const where = `${code} from call ${at} to ${to}`;
        const disk = state.hold(files);
        state.gc(crashFiles(disk, { faults: [{ from: at, to, code }] }));
        expectLawful(answersOf(leftByProcess(disk)), expected.kept, expected.before, where);
        expectLawful(answersOf(cutPower(disk, drawnCut, draw)), expected.kept, expected.before, `${where}, power cut`);
        runs++;
      }
  say(`compaction, every call fails: ${runs} runs`);
});

/** A compaction that is asleep ahead of its call `at`, while ten minutes and two days pass and another one runs. */
function overtaken(disk: Disk, at: number, other: { readonly goneAt?: number }): { readonly calls: number } {
  const second = crashFiles(disk, other);
  const first = stepping(
    (number) => {
      if (number !== at) return;
      age(state.dir, 3 * 86_400_000);
      age(state.locks, 11 * 60_000);
      state.gc(second);
    },
    undefined,
    crashFiles(disk),
  );
  state.gc(first);
  return { calls: second.count() };
}

it("a compaction that slept while another one ran, to its end or to any step, loses nothing (SEG-055)", () => {
  const files = compactable();
  const { before, kept, calls } = undisturbed(files);
  const draw = drawFrom(4);
  let runs = 0;
  for (let at = 1; at <= calls; at++) {
    const { calls: most } = overtaken(state.hold(files), at, {});
    expectLawful(answersOf(state.files()), kept, before, `asleep ahead of call ${at}`);
    for (let goneAt = 1; goneAt <= most; goneAt += isDeep ? 1 : 1 + draw(8)) {
      const disk = state.hold(files);
      overtaken(disk, at, { goneAt });
      const where = `asleep ahead of call ${at}, the other gone at ${goneAt}`;
      expectLawful(answersOf(leftByProcess(disk)), kept, before, where);
      expectLawful(answersOf(cutPower(disk, drawnCut, draw)), kept, before, `${where}, power cut`);
      runs++;
    }
  }
  say(`two compactions: ${runs} runs, one asleep at each step of the other`);
});

it("a compaction that ends what a killed one began deletes nothing before the name of its segment is safe (SEG-053, SEG-073)", () => {
  const sources = [segment("of one", note(3, "n-1"), usage(90, "old")), segment("of another", model(1, "m"))];
  const files: Files = new Map(sources.map((each) => [fileOf(each), each.bytes]));
  const { before, kept, calls } = undisturbed(files);
  const draw = drawFrom(4);
  let runs = 0;
  for (let first = 1; first <= calls; first++)
    for (let next = 1; next <= calls; next++) {
      const disk = state.hold(files);
      for (const goneAt of [first, next]) {
        state.gc(crashFiles(disk, { goneAt }));
        state.rest();
      }
      for (const names of nameLosses) {
        const where = `gone at call ${first}, and then at call ${next}, names ${names}`;
        expectLawful(answersOf(cutPower(disk, { damage: "unchanged", names }, draw)), kept, before, where);
        runs++;
      }
    }
  say(`compactions of unsealed segments, gone at two calls: ${runs} power cuts`);
});

it(`compactions of random segments keep the law through errors and power cuts (BATON_SEED=${firstSeed})`, () => {
  const runs = randomRuns(60, 5000);
  for (let i = 0; i < runs; i++) {
    const seed = firstSeed + i;
    const draw = drawFrom(Math.imul(seed, 0x9e3779b1));
    const where = `BATON_SEED=${seed} BATON_CRASH_RUNS=1`;
    const files = drawnCompactable(draw, `${seed}`);
    const expected = undisturbed(files);
    const disk = state.hold(files);
    const from = 1 + draw(expected.calls + 8);
    const code = errorCodes[draw(errorCodes.length)] as Fault["code"];
    // Not both: where the sync of a seal fails and the process is gone before it removes the file, nobody can know of it.
    const plan: Plan = draw(3) === 0 ? { faults: [{ from, to: from + draw(2), code }] } : { goneAt: from };
    state.gc(crashFiles(disk, { ...plan, taken: (given) => 1 + draw(given) }));
    const left = cutPower(disk, drawnCut, draw);
    for (const now of [leftByProcess(disk), left]) expectLawful(answersOf(now), expected.kept, expected.before, where);
    expectSameEnd(draw(3) === 0 ? disk : left, expected, draw, where);
  }
  say(`compactions at random: ${runs} runs, each through two more crashes to the end (BATON_SEED=${firstSeed})`);
});
