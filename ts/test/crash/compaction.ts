/** State directories that a compaction has much to do in, and what must be left of them wherever it stops. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { craft, joined, sealed, withRecord } from "../../../conformance/craft.js";
import type { Draw } from "../../../conformance/draw.js";
import { collectGarbage } from "../../src/gc/gc.js";
import type { MergeFiles } from "../../src/merge/files.js";
import { recordsOf } from "../../src/segment/records.js";
import { action, check, instants, model, note, now, segment, shownOf, usage } from "../gc/records.js";
import { fileOf } from "../merge/home.js";
import type { Disk } from "./disk.js";
import { identityOf, load } from "./law.js";
import { age, diskIn } from "./mirror.js";

export type Files = ReadonlyMap<string, Uint8Array>;

/**
 * Segments of which a compaction keeps some records and lets others go: sealed ones of several writers, one that is
 * being written, one that replaces two that are still there, one that was never finished, and two of which not even the header
 * came to be.
 */
export function compactable(): Files {
  const sources = [segment("of one", note(3, "n-1"), usage(90, "old")), segment("of another", model(1, "m"))];
  const replaces = sources.map((each) => ({ segmentId: each.segment, bytes: BigInt(sealed(each).length) }));
  const compacted = withRecord(
    withRecord(craft("compacted", { replaces }), { ...note(3, "n-1"), origin: { writer: sources[0]!.writer, seq: 1 } }),
    { ...model(1, "m"), origin: { writer: sources[1]!.writer, seq: 1 } },
  );
  const named = segment("named", usage(80, "old"), note(2, "n-2"));
  const unfinished = craft("unfinished", { replaces: [{ segmentId: named.segment, bytes: 9999n }] });
  const living = segment("living", usage(0, "today"), check(1, 0));
  const closed = [
    segment("a", action(40, "t-1", true), action(50, "t-1", false), usage(31, "old")),
    segment("b", action(45, "t-2", false), note(40, "n-3"), check(100, 1)),
    segment("c", action(41, "t-2", true), check(30, 1), note(1, "n-3")),
    segment("d", usage(29, "young"), usage(60, "old"), model(20, "m")),
  ];
  return new Map([
    ...[...sources, compacted, named, ...closed].map((each) => [fileOf(each), sealed(each)] as const),
    [fileOf(unfinished), joined(unfinished.bytes, Uint8Array.of(9))],
    [fileOf(living), living.bytes],
    ["empty.seg", new Uint8Array(0)],
    ["torn.seg", craft("torn").bytes.subarray(0, 40)],
  ]);
}

/** Segments of records of any age, by chance. */
export function drawnCompactable(draw: Draw, name: string): Files {
  const makers = [
    () => action(draw(80), `t-${draw(4)}`, draw(2) === 0),
    () => note(draw(60), `n-${draw(6)}`),
    () => model(draw(20), `m${draw(2)}`),
    () => check(draw(200), draw(2)),
    () => usage(draw(60), `m${draw(3)}`),
  ];
  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < 2 + draw(6); i++) {
    const records = Array.from({ length: draw(5) }, () => makers[draw(makers.length)]!());
    const crafted = segment(`${name} ${i}`, ...records);
    files.set(fileOf(crafted), draw(5) === 0 ? crafted.bytes : sealed(crafted));
  }
  return files;
}

/** What readers count: identities in byte order, and what is shown of them now and later. */
export interface Answers {
  readonly records: readonly string[];
  readonly shown: readonly (readonly string[])[];
}

export function answersOf(files: Files): Answers {
  const records = [...recordsOf({ segments: load(files) })];
  return { records: records.map(identityOf).sort(), shown: instants.map((at) => shownOf(records, at)) };
}

/** A state directory of its own for a file of tests. */
export function compactedHome() {
  const home = mkdtempSync(join(tmpdir(), "baton-crash-"));
  const dir = join(home, "segments");
  const locks = join(home, "locks");
  mkdirSync(dir);
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  /** Three days pass, in which nobody is at work; what was not synced still is not. */
  function rest(): void {
    rmSync(locks, { recursive: true, force: true });
    age(dir, 3 * 86_400_000);
  }
  return {
    home,
    dir,
    locks,
    /** Puts these files there, all of them safe, last written three days ago, and nobody at work on them. */
    hold(files: Files): Disk {
      const disk = diskIn(dir, files);
      rest();
      return disk;
    },
    rest,
    /** What lies there. */
    files: (): Files => new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))])),
    /** Compacts, as far as it comes. Gives whether it came to its end. */
    gc(files?: MergeFiles, at = now): boolean {
      const init = { home, writerName: "test", writerVersion: "0", now: at, isDryRun: false, pause: () => {} };
      try {
        collectGarbage(files ? { ...init, files } : init);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Whether a state is one that a compaction may leave: what it keeps ⊆ loaded ⊆ what was there, none twice, all shown as before. */
export function expectLawful(left: Answers, kept: Answers, before: Answers, where: string): void {
  const loaded = new Set(left.records);
  const there = new Set(before.records);
  expect([...loaded].length, `${where}: loaded twice`).toBe(left.records.length);
  expect(
    kept.records.filter((each) => !loaded.has(each)),
    `${where}: lost`,
  ).toEqual([]);
  expect(
    left.records.filter((each) => !there.has(each)),
    `${where}: never there`,
  ).toEqual([]);
  expect(left.shown, `${where}: shown`).toEqual(before.shown);
}
