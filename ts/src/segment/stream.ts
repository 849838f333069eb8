/** One pass over the records of a folder, of which no more than one file is held in memory at a time. */
import { type Folder, readFolder, readSettled, scanFolder } from "./folder.js";
import { contestedWriters, recordsOf } from "./records.js";
import { type PlacedRecord, recordsOfSegment, type ScannedSegment } from "./scanned.js";

/** What one pass over a folder gave. */
export interface Streamed<A> {
  /** The files, judged; where they were let go of one by one it has no records. */
  readonly folder: Folder;
  /** What `visit` gathered. */
  readonly part: A;
}

/**
 * Hands every record of a folder that counts to `visit`, once, with what `start` made: anew where the folder changed
 * meanwhile. The order is free. Where not every segment counts in full, or a record may stand there twice, a second pass
 * holds all files at once. Throws like `readFolder`.
 */
export function streamFolder<A>(
  dir: string,
  start: () => A,
  visit: (part: A, record: PlacedRecord) => void,
): Streamed<A> {
  const streamed = readSettled(dir, () => {
    const part = start();
    const folder = scanFolder(dir, (scanned) => {
      for (const record of recordsOfSegment(scanned, 0)) visit(part, record);
      return forgotten(scanned);
    });
    return { folder, part };
  });
  if (isPlain(streamed.folder)) return streamed;
  const folder = readFolder(dir);
  const part = start();
  for (const record of recordsOf(folder)) visit(part, record);
  return { folder, part };
}

/** Whether the records of all readable files count, each once. */
function isPlain({ segments }: Folder): boolean {
  const isWhole = segments.every(({ standing: { name } }) => name === "COUNTS" || name === "UNREADABLE");
  return isWhole && contestedWriters(segments.map(({ scanned }) => scanned.spans)).size === 0;
}

/** A scanned file without its bytes: it has no records any more. */
function forgotten(scanned: ScannedSegment): ScannedSegment {
  return { ...scanned, data: new Uint8Array(0), provenRanges: [] };
}
