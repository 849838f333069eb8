/** What lies in a folder of segments, as far as a compaction has to know it (SEG-070). Only reads. */

import type { ByteString } from "../fold/key.js";
import { candidates, type TakenSegment, taken } from "../merge/choice.js";
import { type SeenFile, scanFile } from "../merge/seen.js";
import { recordsOfSegment } from "../segment/scanned.js";
import { readRecord } from "./fate.js";

/** A folder that was looked at. */
export interface Survey {
  /** What may be taken, without its bytes. */
  readonly segments: readonly TakenSegment[];
  /** Ids of the segments that hold a record of a key. */
  readonly holders: ReadonlyMap<ByteString, ReadonlySet<string>>;
  /** Whether every record of the folder could be read: no file is damaged, of a newer format, or gone meanwhile. */
  readonly isWhole: boolean;
  /** When the newest record was observed that is not from the future: milliseconds since 1970; 0 where there is none. */
  readonly newest: number;
}

/**
 * Scans every file, one at a time. `beat` is called before each. `isListed` says whether `all` is every file of the folder.
 */
export function surveyFolder(
  dir: string,
  all: readonly SeenFile[],
  { now, isListed, beat }: { now: number; isListed: boolean; beat: () => void },
): Survey {
  // Unfinished ones too: they count as soon as anything that they name is gone (SEG-031).
  const named = new Set(all.flatMap(({ header }) => header.replaces.map(({ segment }) => segment)));
  const mayBeTaken = new Set(candidates(all, named, Number.POSITIVE_INFINITY));
  const segments: TakenSegment[] = [];
  const holders = new Map<ByteString, Set<string>>();
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
      if (ids) ids.add(record.segment);
      else holders.set(key, new Set([record.segment]));
    }
    const segment = mayBeTaken.has(seen) ? taken(seen, scanned) : undefined;
    if (segment) segments.push({ ...segment, scanned: { ...scanned, data: new Uint8Array(0), provenRanges: [] } });
  }
  return { segments, holders, isWhole, newest };
}
