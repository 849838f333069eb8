/** What lies in a folder of segments, as far as a compaction has to know it (SEG-070). Only reads. */

import { kindNumbered } from "../fold/fold.js";
import type { ByteString } from "../fold/key.js";
import { readEnvelope } from "../fold/view.js";
import { candidates, hasNewerFields, type TakenSegment, taken } from "../merge/choice.js";
import { namedBy, type SeenFile, scanFile } from "../merge/seen.js";
import { BatonError } from "../record/error.js";
import { isAbove, noStamp, type Stamp, splitStamp } from "../record/stamp.js";
import { recordsOfSegment, type ScannedSegment } from "../segment/scanned.js";
import { readRecord } from "./fate.js";

/** A folder that was looked at. */
export interface Survey {
  /** What may be taken, without its bytes. */
  readonly segments: readonly TakenSegment[];
  /** Ids of the segments that hold a record of a key. */
  readonly holders: ReadonlyMap<ByteString, ReadonlySet<string>>;
  /** Whether every record of the folder could be read: no file is damaged, of a newer format, or gone meanwhile. */
  readonly isWhole: boolean;
}

/** A segment without a seal is left alone for this long: its writer may only sleep. */
export const abandonedMs = 48 * 3_600_000;

/**
 * Scans every file, one at a time. `beat` is called before each. `isListed` says whether `all` is every file of the folder.
 */
export function surveyFolder(
  dir: string,
  all: readonly SeenFile[],
  { now, wall, isListed, beat }: { now: number; wall: number; isListed: boolean; beat: () => void },
): Survey {
  const mayBeTaken = new Set(candidates(all, namedBy(dir, all), Number.POSITIVE_INFINITY));
  const segments: TakenSegment[] = [];
  const holders = new Map<ByteString, Set<string>>();
  let isWhole = isListed;
  for (const seen of all) {
    beat();
    const scanned = scanFile(dir, seen);
    if (!scanned?.isWhole || seen.header.formatMinor !== 0) isWhole = false;
    if (!scanned) continue;
    for (const record of recordsOfSegment(scanned, 0)) {
      const key = readRecord(record, now)?.key;
      if (key === undefined) continue;
      const ids = holders.get(key);
      if (ids) ids.add(record.segment);
      else holders.set(key, new Set([record.segment]));
    }
    const segment = mayBeTaken.has(seen) ? (taken(seen, scanned) ?? abandoned(seen, scanned, wall)) : undefined;
    if (segment) segments.push({ ...segment, scanned: { ...scanned, data: new Uint8Array(0), provenRanges: [] } });
  }
  return { segments, holders, isWhole };
}

/** A segment whose writer was ended before it could seal it, if it may be taken. */
function abandoned(seen: SeenFile, scanned: ScannedSegment, wall: number): TakenSegment | undefined {
  const { formatMinor, dropped, replaces } = seen.header;
  if (Math.abs(wall - seen.writtenAt) <= abandonedMs || formatMinor !== 0 || dropped.length > 0) return undefined;
  if (scanned.isSealed || replaces.length > 0 || scanned.findings.some(({ type }) => type !== "OPEN_TAIL"))
    return undefined;
  if (hasNewerFields(scanned)) return undefined;
  return { seen, scanned, maxStamp: highestStamp(scanned) };
}

function highestStamp(scanned: ScannedSegment): Stamp {
  let highest = noStamp;
  for (const { kind: number, payload } of recordsOfSegment(scanned, 0)) {
    const kind = kindNumbered(number);
    if (!kind) continue;
    try {
      const stamp = splitStamp(readEnvelope(kind, payload).stamp);
      if (isAbove(stamp, highest)) highest = stamp;
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
    }
  }
  return highest;
}
