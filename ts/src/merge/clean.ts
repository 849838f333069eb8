/** Deletes what counting segments already replace, and what an unfinished compaction left behind long ago. */
import { join } from "node:path";
import { ignoreFailure } from "../segment/system.js";
import { type MergeFiles, makeSafe } from "./files.js";
import { endsInSeal, isIdle, isUnfinished, type SeenFile, scanFile } from "./seen.js";

/** What cleaning works with. */
export interface Cleaning {
  /** Folder of the segments. */
  readonly dir: string;
  readonly files: MergeFiles;
  /** Now by the clock of the machine, in milliseconds since 1970; never BATON_NOW. */
  readonly wall: number;
  /** Bytes of compacted segments that may be read to prove them. */
  readonly mostBytes: number;
  readonly isInTime: () => boolean;
}

/**
 * Deletes and gives what is left. Only sealed files are deleted that a compacted segment replaces to their end: it
 * proves whole, and is synced before. Files that have a copy beside them stay, and what cannot be deleted.
 */
export function cleanFolder(all: readonly SeenFile[], cleaning: Cleaning): SeenFile[] {
  const { dir, files, isInTime } = cleaning;
  const doomed = new Set([...replacedFiles(all, cleaning), ...leftovers(all, cleaning)]);
  const gone = new Set<SeenFile>();
  for (const seen of doomed) {
    if (!isInTime()) break;
    ignoreFailure(() => {
      files.remove(join(dir, seen.file));
      gone.add(seen);
    });
  }
  if (gone.size > 0) ignoreFailure(() => files.syncFolder(dir));
  return all.filter((seen) => !gone.has(seen));
}

/** What counting segments replace to its end; compacted segments last, since they stand for what is deleted before. */
function replacedFiles(all: readonly SeenFile[], { dir, files, mostBytes, isInTime }: Cleaning): SeenFile[] {
  const byId = new Map<string, SeenFile[]>();
  for (const seen of all) byId.set(seen.header.segment, [...(byId.get(seen.header.segment) ?? []), seen]);
  const replaced = new Set<SeenFile>();
  let bytes = 0;
  for (const compacted of all) {
    const { header, size } = compacted;
    const there = header.replaces.flatMap(({ segment, bytes: length }) => {
      const [seen, ...copies] = byId.get(segment) ?? [];
      return seen && copies.length === 0 && seen.size <= length && endsInSeal(dir, seen) ? [seen] : [];
    });
    if (there.length === 0 || byId.get(header.segment)?.length !== 1 || bytes + size > mostBytes || !isInTime())
      continue;
    bytes += size;
    const scanned = scanFile(dir, compacted);
    if (!scanned?.isSealed || !scanned.isWhole) continue;
    ignoreFailure(() => {
      makeSafe(files, dir, compacted.file);
      for (const seen of there) replaced.add(seen);
    });
  }
  const isCompacted = (seen: SeenFile): number => (seen.header.replaces.length > 0 ? 1 : 0);
  return [...replaced].sort((a, b) => isCompacted(a) - isCompacted(b));
}

/**
 * Compacted segments that were never sealed, and not written to for two days. Where anything that one replaces is gone, it
 * had a seal, and may be all that is left (SEG-031).
 */
function leftovers(all: readonly SeenFile[], { dir, wall }: Cleaning): SeenFile[] {
  const there = new Set(all.map(({ header }) => header.segment));
  return all.filter((seen) => {
    return (
      isIdle(seen, wall) && seen.header.replaces.every(({ segment }) => there.has(segment)) && isUnfinished(dir, seen)
    );
  });
}
