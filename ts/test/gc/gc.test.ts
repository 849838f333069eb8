import { existsSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { craft, sealed } from "../../../conformance/craft.js";
import { drawFrom } from "../../../conformance/draw.js";
import { collectGarbage, type GcInit } from "../../src/gc/gc.js";
import type { GcReport } from "../../src/gc/report.js";
import { takeLease } from "../../src/home/lease.js";
import { mergeFiles } from "../../src/merge/files.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { answers, stateDirectory } from "../merge/home.js";
import { stepping } from "../merge/steps.js";
import { action, check, day, instants, model, note, now, segment, shownOf, usage } from "./records.js";

const state = stateDirectory();
const { dir, put, files } = state;
/** A segment with a record of today in a log, so that today is what ages are counted from. */
const putToday = (): string => put(segment("today", usage(0, "today")));

function gc(init: Partial<GcInit> = {}): GcReport {
  const writer = { writerName: "test", writerVersion: "0" };
  return collectGarbage({ home: state.home(), ...writer, now, isDryRun: false, ...init });
}

/** What is shown at an instant. */
function shown(at: number): string[] {
  return shownOf(recordsOf(readFolder(dir())), at);
}

const shownLater = () => instants.map((at) => shown(at));

/** Kept, superseded, expired and twice of a kind. */
function countsOf({ kinds: counts }: GcReport, kind: string) {
  const found = counts.find((each) => each.kind === kind);
  return found && [found.kept, found.superseded, found.expired, found.twice];
}

describe("gc leaves out (SEG-071)", () => {
  it("nothing where the clock jumped ahead: days are counted from the newest record", () => {
    put(segment("a", note(29, "n-0000000000000001"), note(0, "n-0000000000000002"), usage(20, "m")));
    const tenYears = now + 3650 * day;
    const report = gc({ now: tenYears });
    expect([countsOf(report, "handoff_note"), countsOf(report, "usage_event")]).toEqual([
      [2, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
  });

  it("usage past its days, and keeps what is younger", () => {
    put(segment("a", usage(31, "old"), usage(29, "young"), usage(0, "new")));
    expect(countsOf(gc(), "usage_event")).toEqual([2, 0, 1, 0]);
    expect(answers(dir())).toHaveLength(2);
  });

  it("what is superseded once its days are over: what reports may still tell of stays", () => {
    put(segment("a", check(100, 1), check(91, 0), check(30, 1)));
    put(segment("b", check(1, 0)));
    const before = shownLater();
    expect(countsOf(gc(), "validation")).toEqual([2, 2, 0, 0]);
    expect(shownLater()).toEqual(before);
  });

  it("an expired winner with all that it beats, and never a terminal one while an older record lies elsewhere", () => {
    putToday();
    put(segment("done", action(40, "t-0000000000000001", true)));
    const open = segment("open", action(50, "t-0000000000000001", false));
    put(open, open.bytes);
    const before = shownLater();
    expect(countsOf(gc(), "next_action")).toEqual([1, 0, 0, 0]);
    expect(shownLater()).toEqual(before);
    put(open, sealed(open));
    expect(countsOf(gc(), "next_action")).toEqual([0, 1, 1, 0]);
    expect(answers(dir())).toHaveLength(1);
  });

  it("no winner that still beats a record whose days are not over", () => {
    put(segment("a", action(40, "t-0000000000000001", true), action(5, "t-0000000000000001", false)));
    const before = shownLater();
    expect(countsOf(gc(), "next_action")).toEqual([2, 0, 0, 0]);
    expect(shownLater()).toEqual(before);
  });

  it("no winner while any file cannot be read in full", () => {
    putToday();
    put(segment("a", note(40, "n-0000000000000001")));
    const damaged = sealed(segment("b", note(1, "n-0000000000000002"), note(1, "n-0000000000000003")));
    damaged[damaged.length - 100] = (damaged[damaged.length - 100] as number) ^ 1;
    const file = put(craft("b"), damaged);
    expect(countsOf(gc(), "handoff_note")).toEqual([1, 0, 0, 0]);
    rmSync(join(dir(), file));
    expect(countsOf(gc(), "handoff_note")).toEqual([0, 0, 1, 0]);
  });

  it("by the days of the configuration where it names the kind", () => {
    putToday();
    put(segment("a", note(40, "n-0000000000000001"), note(20, "n-0000000000000002")));
    expect(countsOf(gc({ retention: [{ kind: "handoff_note", days: 60 }] }), "handoff_note")).toEqual([2, 0, 0, 0]);
    expect(countsOf(gc({ retention: [{ kind: "handoff_note", days: 10 }] }), "handoff_note")).toEqual([0, 0, 2, 0]);
  });

  it("never what it does not understand, what is from the future, and what is not well-formed", () => {
    const odd = [
      { kind: 9999, payload: Uint8Array.of(1, 2, 3) },
      { kind: 19, payload: Uint8Array.of(255) },
      note(-3, "n-1"),
    ];
    put(segment("a", ...odd, usage(90, "old")));
    const today = usage(0, "today");
    put(segment("b", today));
    const report = gc();
    expect([countsOf(report, "9999"), countsOf(report, "handoff_note")]).toEqual([
      [1, 0, 0, 0],
      [2, 0, 0, 0],
    ]);
    const payloads = [...recordsOf(readFolder(dir()))].map(({ payload }) => Buffer.from(payload).toString("hex"));
    expect(payloads.sort()).toEqual([...odd, today].map(({ payload }) => Buffer.from(payload).toString("hex")).sort());
  });
});

describe("gc (SEG-070, SEG-072)", () => {
  it("makes one segment of many, and does nothing the second time", () => {
    for (let i = 0; i < 40; i++) put(segment(`s${i}`, note(1, `n-${String(i).padStart(16, "0")}`)));
    const before = answers(dir());
    expect(gc()).toMatchObject({ segmentsBefore: 40, segmentsAfter: 1, leftAlone: 0 });
    expect(answers(dir())).toEqual(before);
    const names = files();
    expect(gc()).toMatchObject({ segmentsBefore: 1, segmentsAfter: 1 });
    expect(files()).toEqual(names);
  });

  it("changes nothing on a dry run, and says what the run then does", () => {
    put(segment("a", usage(31, "old"), usage(29, "young")));
    put(segment("b", note(40, "n-0000000000000001")));
    const names = files();
    const planned = gc({ isDryRun: true });
    expect(files()).toEqual(names);
    expect(existsSync(join(state.home(), "locks"))).toBe(false);
    const done = gc();
    const { bytesAfter: _, dryRun, ...rest } = planned;
    expect(dryRun).toBe(true);
    expect(done).toMatchObject(rest);
    expect(planned.bytesAfter).toBeGreaterThanOrEqual(done.bytesAfter);
    expect(planned.bytesAfter - done.bytesAfter).toBeLessThan(400);
  });

  it("gives way where somebody else merges or compacts", () => {
    putToday();
    put(segment("a", usage(31, "old")));
    const lease = takeLease(join(state.home(), "locks"), "gc");
    expect(() => gc()).toThrow(expect.objectContaining({ code: "BTN-S09" }));
    lease?.release();
    expect(countsOf(gc(), "usage_event")).toEqual([1, 0, 1, 0]);
  });

  it("leaves a segment without a seal alone for two days, and what a compaction names that was never finished", () => {
    const left = segment("left", usage(90, "old"), usage(1, "young"));
    const named = segment("named", usage(90, "old"));
    const unfinished = craft("unfinished", { replaces: [{ segmentId: named.segment, bytes: 9999n }] });
    const names = [put(left, left.bytes), put(named), put(unfinished, unfinished.bytes)];
    const past = new Date(Date.now() - 47 * 3_600_000);
    for (const file of names) utimesSync(join(dir(), file), past, past);
    expect(gc()).toMatchObject({ leftAlone: 3, segmentsAfter: 3 });
    expect(files()).toEqual(names.sort());
  });

  it("lets a record from the future win once its time comes, as if gc had not been there", () => {
    put(segment("a", action(40, "t-1", true), action(-60, "t-1", false), usage(0, "today")));
    const before = instants.map((at) => shown(at));
    gc();
    expect(instants.map((at) => shown(at))).toEqual(before);
  });

  it("leaves files that give the same state behind every step", () => {
    const fill = (): void => {
      for (let i = 0; i < 6; i++)
        put(segment(`s${i}`, action(40 - i, `t-${i % 3}`, i > 2), usage(28 + i, `m${i}`), model(i * 3, `m${i % 2}`)));
    };
    const steps: string[] = [];
    fill();
    gc({ files: stepping((_, step) => steps.push(step)) });
    expect(steps.length).toBeGreaterThan(8);
    for (let last = 0; last < steps.length; last++) {
      for (const file of files()) rmSync(join(dir(), file));
      fill();
      const before = shownLater();
      const stop = (number: number): void => {
        if (number > last) throw new Error("gone");
      };
      try {
        gc({ files: stepping(stop, () => {}, mergeFiles) });
      } catch {
        // It stopped, as asked for.
      }
      expect(shownLater(), `behind step ${last}`).toEqual(before);
      gc();
      expect(shownLater(), `after one more, behind step ${last}`).toEqual(before);
    }
  });

  const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
  it(`shows the same at every later instant, whatever it takes (BATON_SEED=${seed})`, () => {
    const draw = drawFrom(seed);
    for (let round = 0; round < 60; round++) {
      for (const file of files()) rmSync(join(dir(), file));
      const makers = [
        () => action(draw(80) - (draw(9) === 0 ? 60 : 0), `t-${draw(4)}`, draw(2) === 0),
        () => note(draw(60), `n-${draw(6)}`),
        () => model(draw(20), `m${draw(2)}`, draw(20)),
        () => check(draw(200), draw(2)),
        () => usage(draw(60), `m${draw(3)}`),
      ];
      for (let i = 0; i < 1 + draw(7); i++) {
        const records = Array.from({ length: draw(6) }, () => makers[draw(makers.length)]!());
        const crafted = segment(`round ${round} ${i}`, ...records);
        if (draw(4) === 0) put(crafted, crafted.bytes);
        else put(crafted);
      }
      const before = shownLater();
      gc();
      expect(shownLater(), `round ${round}`).toEqual(before);
    }
  });
});
