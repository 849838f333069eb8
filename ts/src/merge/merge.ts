/**
 * The bounded merge: many small sealed segments become few, after a command has answered (docs/segment-format.md,
 * section 7). It drops nothing, and readers and writers go on meanwhile.
 */
import { join } from "node:path";
import { takeLease } from "../home/lease.js";
import { type SeenSegment, segmentFiles } from "../segment/folder.js";
import { ignoreFailure } from "../segment/system.js";
import { candidates, groupsOf, mostBytes, type TakenSegment, taken } from "./choice.js";
import { cleanFolder } from "./clean.js";
import { isMergeDue, mostSegments } from "./due.js";
import { type MergeFiles, mergeFiles } from "./files.js";
import { namedBy, presumeFile, type SeenFile, scanFile, seeFile } from "./seen.js";
import { writeGroup } from "./write.js";

/** What a merge needs. */
export interface MergeInit {
  /** State directory: the segments lie in `segments`, the lease in `locks`. */
  readonly home: string;
  /** Name and version of the program, for the headers. */
  readonly writerName: string;
  readonly writerVersion: string;
  /** Milliseconds since 1970, for the headers. */
  readonly now: number;
  /** What a snapshot has seen of the folder: saves reading the headers of these segments. */
  readonly known?: readonly SeenSegment[] | undefined;
  /** Time that it may take, in milliseconds. No step starts after it; 300 unless given. */
  readonly budgetMs?: number;
  /** Milliseconds of a clock that only goes on. */
  readonly clock?: () => number;
  readonly files?: MergeFiles;
}

/** What a merge did. */
export interface MergeReport {
  /** Segments that were written. */
  readonly written: number;
  /** Segments that they replace. */
  readonly replaced: number;
  /** Files that were deleted, those that earlier merges had left included. */
  readonly deleted: number;
  /** Bytes of all segments that were there. */
  readonly bytes: number;
}

const defaultBudgetMs = 300;

/** Parts of the time behind which no header is read, no segment taken, and no new segment begun any more. */
const parts = { seeing: 0.5, taking: 0.6, writing: 0.8 } as const;

const nothing: MergeReport = { written: 0, replaced: 0, deleted: 0, bytes: 0 };

/** Merges where it is due. Never throws: what fails stays as it was, and the next merge tries again. */
export function mergeSegments(init: MergeInit): MergeReport {
  const { clock = () => performance.now(), budgetMs = defaultBudgetMs } = init;
  const start = clock();
  const isBefore = (part: number): boolean => clock() - start < budgetMs * part;
  try {
    const dir = join(init.home, "segments");
    if (!isBefore(1) || !isMergeDue(dir)) return nothing;
    const lease = takeLease(join(init.home, "locks"), "gc");
    if (!lease) return nothing;
    try {
      return mergeHeld(init, dir, lease.holds, isBefore);
    } finally {
      lease.release();
    }
  } catch {
    return nothing;
  }
}

type IsBefore = (part: number) => boolean;

/** Merges under the lease. */
function mergeHeld(init: MergeInit, dir: string, holds: () => boolean, isBefore: IsBefore): MergeReport {
  const { files = mergeFiles, writerName, writerVersion, now } = init;
  const seen = seeFolder(dir, init.known ?? [], isBefore);
  if (!seen) return nothing;
  const isInTime = (): boolean => isBefore(1);
  const left = cleanFolder(seen, { dir, files, wall: Date.now(), mostBytes, isInTime });
  const bytes = seen.reduce((sum, { size }) => sum + size, 0);
  const report = { written: 0, replaced: 0, deleted: seen.length - left.length, bytes };
  if (left.length <= mostSegments) return report;
  const there = new Set(left.map(({ header }) => header.segment));
  try {
    for (const group of groupsOf(takeSegments(dir, left, isBefore), there)) {
      if (!isBefore(parts.writing)) break;
      if (!writeGroup(group, { dir, files, writerName, writerVersion, now, holds })) break;
      report.written++;
      report.replaced += group.segments.length;
      report.deleted += deleteFiles(dir, files, group.segments, isInTime);
    }
  } catch {
    // A disk that is full or failing: what is there is as good as before.
  }
  return report;
}

/** Looks at all files: only who knows all of them knows which are replaced. Undefined where time is short. */
function seeFolder(dir: string, known: readonly SeenSegment[], isBefore: IsBefore): SeenFile[] | undefined {
  const byId = new Map(known.map((seen) => [seen.cursor.segment, seen]));
  const all: SeenFile[] = [];
  for (const file of segmentFiles(dir)) {
    const presumed = presumeFile(file, byId);
    if (!presumed && !isBefore(parts.seeing)) return undefined;
    const seen = presumed ?? seeFile(dir, file);
    if (seen) all.push(seen);
  }
  return all;
}

/** Scans what may be taken, the smallest first, as far as time and bytes allow. */
function takeSegments(dir: string, all: readonly SeenFile[], isBefore: IsBefore): TakenSegment[] {
  const found: TakenSegment[] = [];
  let bytes = 0;
  for (const seen of candidates(all, namedBy(dir, all))) {
    bytes += seen.size;
    if (bytes > mostBytes || !isBefore(parts.taking)) break;
    const read = seen.isPresumed ? seeFile(dir, seen.file) : seen;
    // Who put another segment in its place since the snapshot may have put anything else there too.
    if (read?.header.segment !== seen.header.segment || read.size !== seen.size) continue;
    const scanned = scanFile(dir, read);
    const segment = scanned && taken(read, scanned);
    if (segment) found.push(segment);
  }
  return found;
}

function deleteFiles(
  dir: string,
  files: MergeFiles,
  segments: readonly TakenSegment[],
  isInTime: () => boolean,
): number {
  let deleted = 0;
  for (const { seen } of segments) {
    if (!isInTime()) break;
    ignoreFailure(() => {
      files.remove(join(dir, seen.file));
      deleted++;
    });
  }
  if (deleted > 0) ignoreFailure(() => files.syncFolder(dir));
  return deleted;
}
