/** What lies in a folder of segments, as far as a compaction has to know it (SEG-070). Only reads. */

import type { ByteString } from "../fold/key.js";
import { candidates, type TakenSegment, taken, takenUnsealed } from "../merge/choice.js";
import { isIdle, type SeenFile, scanFile } from "../merge/seen.js";
import { recordsOfSegment, type ScannedSegment } from "../segment/scanned.js";
import { readRecord } from "./fate.js";

/** A folder that was looked at. */
export interface Survey {
  /** What may be taken, without its bytes. */
  readonly segments: readonly TakenSegment[];
  /** Idle segments without a seal that an earlier compaction replaced and did not delete, by what replaces them. */
  readonly leftBehind: ReadonlyMap<SeenFile, readonly SeenFile[]>;
  /** Ids of the segments that hold a record of a key. */
  readonly holders: ReadonlyMap<ByteString, readonly string[]>;
  /** Whether every record of the folder could be read: no file is damaged, of a newer format, or gone meanwhile. */
  readonly isWhole: boolean;
  /** When the newest record was observed that is not from the future: milliseconds since 1970; 0 where there is none. */
  readonly newest: number;
}

/** What a survey needs besides the files. */
export interface SurveyInit {
  /** The instant that retention is judged at: milliseconds since 1970. */
  readonly now: number;
  /** Now by the clock of the machine: milliseconds since 1970. */
  readonly wall: number;
  /** Whether the files are all of the folder. */
  readonly isListed: boolean;
  /** Called before each file. */
  readonly beat: () => void;
}

/** Scans every file, one at a time. */
export function surveyFolder(dir: string, all: readonly SeenFile[], init: SurveyInit): Survey {
  const { now, wall, isListed, beat } = init;
  // Unfinished ones too: they count as soon as anything that they name is gone (SEG-031).
  const named = new Set(all.flatMap(({ header }) => header.replaces.map(({ segment }) => segment)));
  const alone = candidates(all, new Set(), Number.POSITIVE_INFINITY);
  const there = new Set(all.map(({ header }) => header.segment));
  const mayBeTaken = new Set(alone.filter(({ header }) => !named.has(header.segment)));
  const segments: TakenSegment[] = [];
  const idle: { readonly seen: SeenFile; readonly scanned: ScannedSegment }[] = [];
  const replacedBy = new Map<string, { readonly bytes: number; readonly by: SeenFile }>();
  const holders = new Map<ByteString, string[]>();
  let isWhole = isListed;
  let newest = 0;
  for (const seen of all) {
    beat();
    const scanned = scanFile(dir, seen);
    if (!scanned?.isWhole || seen.header.formatMinor !== 0) isWhole = false;
    if (!scanned) continue;
    for (const record of recordsOfSegment(scanned, 0)) {
      const read = readRecord(record, now);
      if (read && !read.isFuture) newest = Math.max(newest, Number(read.observedAt));
      const key = read?.key;
      if (key === undefined) continue;
      const ids = holders.get(key);
      if (!ids) holders.set(key, [record.segment]);
      else if (ids.at(-1) !== record.segment) ids.push(record.segment);
    }
    if (scanned.isSealed && scanned.isWhole)
      for (const { segment, bytes } of seen.header.replaces) replacedBy.set(segment, { bytes, by: seen });
    const outline = { ...scanned, data: new Uint8Array(0), provenRanges: [] };
    if (!scanned.isSealed && isIdle(seen, wall)) idle.push({ seen, scanned: outline });
    const segment = mayBeTaken.has(seen) ? takenNow(seen, scanned, wall, there) : undefined;
    if (segment) segments.push({ ...segment, scanned: outline });
  }
  const isAlone = new Set(alone);
  const leftBehind = new Map<SeenFile, SeenFile[]>();
  for (const { seen, scanned } of idle) {
    const replaced = isAlone.has(seen) ? replacedBy.get(seen.header.segment) : undefined;
    const isTorn = scanned.findings.every(({ type }) => type === "OPEN_TAIL");
    if (!replaced || !isTorn || scanned.validBytes > replaced.bytes) continue;
    const left = leftBehind.get(replaced.by);
    if (left) left.push(seen);
    else leftBehind.set(replaced.by, [seen]);
  }
  return { segments, leftBehind, holders, isWhole, newest };
}

/**
 * A segment that may be taken now: with a seal, or left without one for two days (SEG-073). `there` are the ids of the folder: a
 * compaction that was never finished is none of them while all that it names is there, since none of its records count.
 */
export function takenNow(
  seen: SeenFile,
  scanned: ScannedSegment,
  wall: number,
  there: ReadonlySet<string>,
): TakenSegment | undefined {
  if (scanned.isSealed) return taken(seen, scanned);
  const { replaces } = seen.header;
  const isIgnored = replaces.length > 0 && replaces.every(({ segment }) => there.has(segment));
  return isIdle(seen, wall) && !isIgnored ? takenUnsealed(seen, scanned) : undefined;
}
