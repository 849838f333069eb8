import { appendFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { craft, flipped, joined, note, withNotes, withRecord } from "../../../conformance/craft.js";
import { collectGarbage, type GcInit } from "../../src/gc/gc.js";
import type { GcReport } from "../../src/gc/report.js";
import { stillMs } from "../../src/gc/unsealed.js";
import { mergeFiles } from "../../src/merge/files.js";
import { systemFiles } from "../../src/segment/files.js";
import { readFolder } from "../../src/segment/folder.js";
import { openWriter } from "../../src/segment/writer.js";
import { answers, fileOf, notes, stateDirectory } from "../merge/home.js";
import { stepping } from "../merge/steps.js";
import { stoppedClock, note as writtenNote } from "../segment/writing.js";
import { action, now as recordsNow, segment, usage } from "./records.js";

const state = stateDirectory();
const { dir, put, files } = state;
const hour = 3_600_000;

function gc(init: Partial<GcInit> = {}): GcReport {
  const writer = { writerName: "test", writerVersion: "0" };
  return collectGarbage({ home: state.home(), ...writer, now: Date.now(), isDryRun: false, pause: () => {}, ...init });
}

/** Makes files look as if they were last written to so long ago. */
function age(hours: number, ...names: string[]): void {
  const past = new Date(Date.now() - hours * hour);
  for (const file of names) utimesSync(join(dir(), file), past, past);
}

const standings = (): string[] => readFolder(dir()).segments.map(({ standing }) => standing.name);

describe("gc takes a segment without a seal (SEG-073)", () => {
  it("that nobody wrote to for two days, up to its open tail, and leaves younger ones alone", () => {
    const [old, torn, young] = [notes("old", 1, 2), notes("torn", 1), notes("young", 1)];
    const names = [put(old, old.bytes), put(torn, joined(torn.bytes, Uint8Array.of(60, 13)))];
    const left = put(young, young.bytes);
    age(49, ...names);
    age(47, left);
    const before = answers(dir());
    expect(gc({ isDryRun: true })).toMatchObject({ segmentsAfter: 2, leftAlone: 1 });
    expect(gc()).toMatchObject({ segmentsBefore: 3, segmentsAfter: 2, leftAlone: 1 });
    expect(files()).toHaveLength(2);
    expect(files()).toContain(left);
    expect(answers(dir())).toEqual(before);
    expect(gc()).toMatchObject({ segmentsBefore: 2, segmentsAfter: 2 });
  });

  it("waits before it deletes one, and leaves it where it has grown: what was written counts", () => {
    const old = notes("old", 1, 2);
    const grown = withRecord(old, note(3));
    const names = [put(old, old.bytes), put(notes("other", 1))];
    age(49, ...names);
    const waited: number[] = [];
    const pause = (ms: number): void => {
      waited.push(ms);
      appendFileSync(join(dir(), fileOf(old)), grown.bytes.subarray(old.bytes.length));
    };
    expect(gc({ pause })).toMatchObject({ segmentsAfter: 2 });
    expect(waited).toEqual([stillMs]);
    expect(files()).toContain(fileOf(old));
    expect(answers(dir())).toHaveLength(4);
  });

  it("puts one back that a writer wrote to between the last look and the deletion", () => {
    const old = notes("old", 1, 2);
    const grown = withRecord(old, note(3));
    age(49, put(old, old.bytes), put(notes("other", 1)));
    const remove = (path: string): void => {
      if (path.endsWith(fileOf(old))) appendFileSync(path, grown.bytes.subarray(old.bytes.length));
      mergeFiles.remove(path);
    };
    gc({ files: { ...mergeFiles, remove } });
    expect(files()).not.toContain(fileOf(old));
    expect(answers(dir())).toHaveLength(4);
    expect(standings().sort()).toEqual(["COUNTS", "REPLACED"]);
  });

  it("deletes later what a stopped run had replaced, once nobody has written to it", () => {
    const old = notes("old", 1, 2);
    age(49, put(old, old.bytes), put(notes("other", 1)));
    const before = answers(dir());
    const pause = (): void => {
      throw new Error("gone");
    };
    expect(() => gc({ pause })).toThrow("gone");
    expect(files()).toHaveLength(2);
    expect(answers(dir())).toEqual(before);
    expect(gc()).toMatchObject({ segmentsBefore: 2, segmentsAfter: 1 });
    expect(answers(dir())).toEqual(before);
  });

  it("not where it has a copy, damage, drop counts or bytes that a copy would lose", () => {
    const damaged = notes("damaged", 1, 2);
    const twice = notes("twice", 1);
    const newer = withRecord(craft("newer"), { ...note(1), newer: Uint8Array.of(0x40, 1) });
    const told = withRecord(craft("told", { dropped: [{ reason: 2, count: 2n }] }), note(1));
    writeFileSync(join(dir(), "copy.seg"), twice.bytes);
    const names = [
      put(damaged, flipped(damaged.bytes, damaged.records[0]!.offset + 40)),
      put(twice, twice.bytes),
      put(newer, newer.bytes),
      put(told, told.bytes),
      "copy.seg",
    ];
    age(49, ...names);
    expect(gc()).toMatchObject({ segmentsAfter: 5, leftAlone: 5 });
    expect(files()).toEqual(names.sort());
  });

  it("that ends within its magic or header, and holds no record: it keeps nothing else from going", () => {
    const whole = craft("torn header").bytes;
    const torn = [new Uint8Array(0), whole.subarray(0, 4), whole.subarray(0, 10), whole.subarray(0, whole.length - 1)];
    const empty = torn.map((bytes, i) => put({ segment: craft(`empty ${i}`).segment }, bytes));
    const damaged = put({ segment: craft("damaged header").segment }, flipped(notes("damaged", 1).bytes, 30));
    put(segment("expired", action(40, "t-0000000000000001", true), usage(0, "today")));
    age(47, ...empty, damaged);
    // What is damaged may hold a record of its key.
    expect(gc({ now: recordsNow })).toMatchObject({ segmentsAfter: 6, leftAlone: 5 });
    expect(answers(dir())).toHaveLength(2);
    rmSync(join(dir(), damaged));
    expect(gc({ now: recordsNow })).toMatchObject({ segmentsAfter: 5, leftAlone: 4 });
    expect(answers(dir())).toHaveLength(1);
    age(49, ...empty);
    expect(gc({ now: recordsNow, isDryRun: true })).toMatchObject({ segmentsAfter: 1, leftAlone: 0 });
    expect(gc({ now: recordsNow })).toMatchObject({ segmentsBefore: 5, segmentsAfter: 1, leftAlone: 0 });
    expect(answers(dir())).toHaveLength(1);
  });

  it("that was empty until its writer woke: what is written then is found by the last look", () => {
    const old = notes("old", 1, 2);
    age(49, put(old, new Uint8Array(0)));
    const pause = (): void => appendFileSync(join(dir(), fileOf(old)), old.bytes);
    expect(gc({ pause })).toMatchObject({ segmentsAfter: 1 });
    expect(answers(dir())).toHaveLength(2);
  });

  it("that was to be a compaction, once anything that it names is gone; until then none of its records count", () => {
    const [there, gone] = [notes("there", 1), notes("gone", 2)];
    const replaces = [there, gone].map(({ segment }) => ({ segmentId: segment, bytes: 9999n }));
    let unfinished = craft("unfinished", { replaces });
    for (const { writer } of [there, gone])
      unfinished = withRecord(unfinished, { ...note(writer === gone.writer ? 2 : 1), origin: { writer, seq: 1 } });
    const name = put(unfinished, unfinished.bytes);
    put(there);
    age(47, name);
    expect(answers(dir())).toHaveLength(2);
    expect(gc()).toMatchObject({ segmentsAfter: 2, leftAlone: 2 });
    age(49, name);
    put(notes("more", 3));
    const before = answers(dir());
    gc();
    expect(files()).not.toContain(name);
    expect(answers(dir())).toEqual(before);
    expect(gc()).toMatchObject({ segmentsAfter: 1 });
    expect(answers(dir())).toEqual(before);
  });

  it("of a writer that goes on afterwards, and loses nothing", () => {
    const { clock, move } = stoppedClock();
    const init = { dir: dir(), durability: "written", writerName: "test", writerVersion: "0", now: Date.now } as const;
    const writer = openWriter({ ...init, clock, files: systemFiles });
    for (const text of ["a", "b"]) writer.put(writtenNote(text));
    writer.commit();
    age(49, ...files());
    put(notes("other", 1));
    const asleep = answers(dir());
    gc();
    expect(answers(dir())).toEqual(asleep);
    // Its clocks are those of a machine that slept, too: an hour is enough to begin another segment, and a second to look.
    for (const pauseMs of [2000, 2 * hour]) {
      move(pauseMs);
      writer.put(writtenNote("c"));
      writer.commit();
    }
    writer.close();
    expect(answers(dir())).toHaveLength(asleep.length + 2);
  });

  it("in an order in which nothing is lost, wherever it stops", () => {
    const fill = (): void => {
      for (const file of files()) rmSync(join(dir(), file));
      const [open, torn] = [withNotes(craft("open"), 1, 2), notes("torn", 3)];
      age(49, put(open, open.bytes), put(torn, joined(torn.bytes, Uint8Array.of(60))), put(notes("other", 1)));
    };
    fill();
    const before = answers(dir());
    const steps: string[] = [];
    gc({ files: stepping((_, step) => steps.push(step)) });
    for (let last = 0; last <= steps.length; last++) {
      fill();
      const stop = (number: number): void => {
        if (number > last) throw new Error("gone");
      };
      try {
        gc({ files: stepping(stop) });
      } catch {
        // It stopped, as asked for.
      }
      expect(answers(dir()), `behind step ${last}`).toEqual(before);
      age(49, ...files());
      gc();
      expect(answers(dir()), `after one more, behind step ${last}`).toEqual(before);
      expect(files().length, `after one more, behind step ${last}`).toBeLessThanOrEqual(2);
    }
    expect(steps.filter((step) => step === "remove")).toHaveLength(3);
  });
});
