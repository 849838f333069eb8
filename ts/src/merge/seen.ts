/** What lies in a folder of segments, as far as a merge needs to know it. Only reads. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { openingOf, sealOf } from "../segment/ends.js";
import type { SeenSegment } from "../segment/folder.js";
import { type Header, type Opening, openingEnd, readOpening } from "../segment/header.js";
import { cursorBehind } from "../segment/scan.js";
import { maxReadBytes, type ScannedSegment, scanSegment } from "../segment/scanned.js";
import { codeOf, readRange } from "../segment/system.js";

/** A file with a header that proves. */
export interface SeenFile {
  /** Name inside the folder. */
  readonly file: string;
  readonly header: Header;
  /** Offset behind the header. */
  readonly headerEnd: number;
  /** Bytes of the file. */
  readonly size: number;
  /** When it was last written: milliseconds since 1970, by the clock of the file system. */
  readonly writtenAt: number;
  /** All of it, where it is so small that it was read with the header. */
  readonly bytes: Uint8Array | undefined;
  /** Whether nothing of it was read: a snapshot knows it as a sealed segment that no other replaces. */
  readonly isPresumed: boolean;
}

/** Nobody writes to a segment that was last written to so many milliseconds ago: a writer rolls after an hour (SEG-044). */
const idleMs = 48 * 3_600_000;

/** Whether a file was last written to over two days ago. `wall` is the clock of the machine, never BATON_NOW. */
export function isIdle({ writtenAt }: Pick<SeenFile, "writtenAt">, wall: number): boolean {
  return Math.abs(wall - writtenAt) > idleMs;
}

/** Most segments of programs that a person or a hook starts fit in here. */
const smallBytes = 4096;

/** Looks at a file. Gives undefined where it is gone, or its header does not prove. Throws what the file system throws. */
export function seeFile(dir: string, file: string): SeenFile | undefined {
  return withFile(dir, file, (fd) => {
    const { size, mtimeMs: writtenAt } = fstatSync(fd);
    const start = readRange(fd, 0, Math.min(size, smallBytes));
    const opening: Opening = openingEnd(start) > start.length ? openingOf(fd, size) : readOpening(start);
    if (opening.found !== "HEADER") return undefined;
    const { header, end: headerEnd } = opening;
    return {
      file,
      header,
      headerEnd,
      size,
      writtenAt,
      bytes: start.length === size ? start : undefined,
      isPresumed: false,
    };
  });
}

/**
 * What a snapshot knows of a file, so that its header need not be read: a sealed segment that counted in full, with
 * records of its own writer alone. Gives undefined where it knows nothing, or something else. A compacted segment that
 * replaces it since is another file, whose header is read.
 */
export function presumeFile(file: string, known: ReadonlyMap<string, SeenSegment>): SeenFile | undefined {
  const seen = known.get(file.slice(0, -4));
  if (seen?.standing !== "COUNTS" || !seen.isWhole || !seen.cursor.isEnded) return undefined;
  const { segment, writer, firstSeq, offset } = seen.cursor;
  if (seen.spans.some((span) => span.writer !== writer)) return undefined;
  const header = { formatMinor: 0, segment, writer, createdAt: 0, firstSeq, keyId: "", replaces: [], dropped: [] };
  return { file, header, headerEnd: 0, size: offset, writtenAt: 0, bytes: undefined, isPresumed: true };
}

/**
 * Reads and scans a file, so that every checksum of it is looked at. Gives undefined where it is gone, shorter by now,
 * or longer than a reader reads (SEG-038).
 * Throws what the file system throws.
 */
export function scanFile(dir: string, seen: SeenFile): ScannedSegment | undefined {
  const { file, header, headerEnd, size } = seen;
  if (size > maxReadBytes) return undefined;
  const bytes = seen.bytes ?? withFile(dir, file, (fd) => readRange(fd, 0, size));
  if (bytes?.length !== size) return undefined;
  const behind = cursorBehind(bytes, header, headerEnd);
  return scanSegment(file, bytes.subarray(headerEnd), behind, { header, isWhole: true });
}

/** Whether the last bytes of a file are a seal that proves. Throws what the file system throws. */
export function endsInSeal(dir: string, { file, size, header }: SeenFile): boolean {
  return withFile(dir, file, (fd) => sealOf(fd, size, header.segment)) !== undefined;
}

/** Whether it is a compacted segment that has no seal that proves (SEG-031). Throws likewise. */
export function isUnfinished(dir: string, seen: SeenFile): boolean {
  return seen.header.replaces.length > 0 && !endsInSeal(dir, seen) && scanFile(dir, seen)?.isSealed === false;
}

/** Ids that compacted segments name as replaced, damaged ones too: whether they count may change. Unfinished ones never do. */
export function namedBy(dir: string, all: readonly SeenFile[]): Set<string> {
  const naming = all.filter((seen) => seen.header.replaces.length > 0 && !isUnfinished(dir, seen));
  return new Set(naming.flatMap(({ header }) => header.replaces.map(({ segment }) => segment)));
}

/** Runs `use` with a file that is open for reading; undefined where it is gone. */
function withFile<T>(dir: string, file: string, use: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openSync(join(dir, file), "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
