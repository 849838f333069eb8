/** Reading of a folder of segments: lists, reads, scans, lists again (docs/segment-format.md, section 5). */
import { closeSync, type Dirent, fstatSync, lstatSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { compareText } from "../record/order.js";
import { openingOf } from "./ends.js";
import type { Header } from "./header.js";
import { judgeFolder, type StandingName } from "./judge.js";
import { contestedWriters, type StandingSegment } from "./records.js";
import type { Cursor } from "./scan.js";
import { maxReadBytes, type ScannedSegment, scanSegment, stretched, type WriterSpan } from "./scanned.js";
import { codeOf, homeError, ignoreFailure, readRange } from "./system.js";

export { recordsOf } from "./records.js";
export type { PlacedRecord, ScannedSegment } from "./scanned.js";

/** What was read of a folder: all of it, or what is new since a cache was built. */
export interface Folder {
  /** Files in the byte order of their names. */
  readonly segments: readonly StandingSegment[];
  /** What a cache has to keep so that `readNews` can go on from here. Survives JSON. */
  readonly seen: readonly SeenSegment[];
}

/** A segment that a cache has folded in as far as `cursor`. */
export interface SeenSegment {
  readonly cursor: Cursor;
  readonly standing: StandingName;
  readonly replacedBytes: number;
  readonly isWhole: boolean;
  readonly spans: readonly WriterSpan[];
  /**
   * How its file looked, where it need not be opened while it looks so: a sealed segment that counts in full, replaces
   * nothing, ends behind its seal and is named by its id.
   */
  readonly look?: FileLook;
}

/** What tells a file from one that was written to or put in its place, besides its size. */
interface FileLook {
  /** When it was last written: milliseconds since 1970, by the clock of the file system. */
  readonly modified: number;
  readonly inode: number;
}

/**
 * Reads all segments of a folder; one that is not there is empty. Throws HOME_UNUSABLE where the folder cannot be
 * listed, or does not keep still.
 */
export function readFolder(dir: string): Folder {
  return readSettled(dir, () => scanFolder(dir));
}

/** Reads the files of a folder once: `each` is given every one that was scanned, and gives what is kept of it. */
export function scanFolder(dir: string, each?: (scanned: ScannedSegment) => ScannedSegment): Folder {
  // Without a cache there is none to be void.
  return readAll(dir, new Map(), each) as Folder;
}

/**
 * Reads what is new in a folder since a cache was built with `seen`: the records that are not in the cache yet.
 * Gives undefined where the cache is void and must be built again from all segments (SEG-035), also where a new record
 * may be one that the cache has already counted. Throws like `readFolder`.
 */
export function readNews(dir: string, seen: readonly SeenSegment[]): Folder | undefined {
  const bySegment = new Map(seen.map((segment) => [segment.cursor.segment, segment]));
  return readSettled(dir, () => readAll(dir, bySegment));
}

/** Highest count of starts before a folder counts as one that does not keep still. */
const maxStarts = 64;

class ListedFileIsGone extends Error {}

/** Reads until nothing that matters has changed meanwhile (SEG-034). */
export function readSettled<T>(dir: string, read: () => T): T {
  for (let start = 0; start < maxStarts; start++) {
    const before = segmentFiles(dir);
    try {
      const result = read();
      if (isSettled(dir, before, segmentFiles(dir))) return result;
    } catch (error) {
      if (!(error instanceof ListedFileIsGone)) throw error;
    }
  }
  throw batonError(errors.HOME_UNUSABLE, { place: "segments folder, files come and go" });
}

function isSettled(dir: string, before: readonly string[], after: readonly string[]): boolean {
  const known = new Set(before);
  const stillThere = new Set(after);
  if (before.some((file) => !stillThere.has(file))) return false;
  return !after.some((file) => !known.has(file) && (headerOf(join(dir, file))?.replaces.length ?? 0) > 0);
}

function readAll(
  dir: string,
  seen: ReadonlyMap<string, SeenSegment>,
  each = (scanned: ScannedSegment): ScannedSegment => scanned,
): Folder | undefined {
  const files = segmentFiles(dir);
  const reads: ReadSegment[] = [];
  for (const file of files) {
    const read = presumeSegment(dir, file, seen) ?? readSegment(dir, file, seen);
    if (!read) return undefined;
    reads.push({ ...read, scanned: each(read.scanned) });
  }
  const standings = judgeFolder(reads.map(({ scanned }) => scanned));
  const segments = reads.map((read, i) => ({ ...read, standing: standings[i] as StandingSegment["standing"] }));
  const now: SeenSegment[] = [];
  for (const { scanned, standing, look } of segments) {
    const old = seen.get(scanned.cursor.segment);
    if (standing.name === "DUPLICATE" && seen.size > 0) return undefined;
    if (standing.name === "UNREADABLE" || standing.name === "DUPLICATE") continue;
    if (old && (old.standing !== standing.name || old.replacedBytes !== standing.replacedBytes)) return undefined;
    now.push({
      cursor: scanned.cursor,
      standing: standing.name,
      replacedBytes: standing.replacedBytes,
      isWhole: scanned.isWhole,
      spans: joinSpans(old?.spans ?? [], scanned.spans),
      ...(look && standing.name === "COUNTS" && staysAsItIs(scanned) ? { look } : {}),
    });
  }
  const there = new Set(now.map(({ cursor }) => cursor.segment));
  const isMissing = [...seen.keys()].some((id) => !there.has(id));
  if (isMissing || hasCountedBefore(segments, seen)) return undefined;
  return { segments, seen: now };
}

/** Whether a new record may be one that the cache holds from another segment (SEG-033). */
function hasCountedBefore(segments: readonly StandingSegment[], seen: ReadonlyMap<string, SeenSegment>): boolean {
  if (seen.size === 0 || segments.every(({ scanned }) => scanned.spans.length === 0)) return false;
  const cached = [...seen.values()].map(({ spans }) => spans);
  const before = contestedWriters(cached);
  const after = contestedWriters([...cached, ...segments.map(({ scanned }) => scanned.spans)]);
  return after.size > before.size || segments.some(({ scanned }) => scanned.spans.some((s) => before.has(s.writer)));
}

function joinSpans(old: readonly WriterSpan[], more: readonly WriterSpan[]): readonly WriterSpan[] {
  if (more.length === 0) return old;
  const spans = new Map(old.map((span) => [span.writer, span]));
  for (const span of more) {
    const known = spans.get(span.writer);
    spans.set(span.writer, known ? joinSpan(known, span) : span);
  }
  return [...spans.values()];
}

function joinSpan(old: WriterSpan, more: WriterSpan): WriterSpan {
  return {
    writer: old.writer,
    first: Math.min(old.first, more.first),
    last: Math.max(old.last, more.last),
    isRising: old.isRising && more.isRising && more.first > old.last,
  };
}

/** A scanned file, and how it looked before it was read. */
interface ReadSegment {
  readonly scanned: ScannedSegment;
  readonly look?: FileLook;
}

/** Whether nothing is to be found in a file that was not found in it now, whatever else comes into the folder. */
function staysAsItIs({ file, cursor, size, isWhole, replaces }: ScannedSegment): boolean {
  const isAll = cursor.isEnded && isWhole && cursor.offset === size;
  return isAll && replaces.length === 0 && file === `${cursor.segment}.seg`;
}

/** A segment that stays as it is, while its file looks as it did: without opening it. Undefined for all others. */
function presumeSegment(dir: string, file: string, seen: ReadonlyMap<string, SeenSegment>): ReadSegment | undefined {
  const known = seen.get(file.slice(0, -4));
  if (known?.look === undefined) return undefined;
  const { cursor, look } = known;
  const now = lstatSync(join(dir, file), { throwIfNoEntry: false });
  if (now?.size !== cursor.offset || now.mtimeMs !== look.modified || now.ino !== look.inode) return undefined;
  return {
    scanned: { ...nothingNew, file, segment: cursor.segment, validBytes: now.size, size: now.size, cursor },
    look,
  };
}

/** What the scan of a sealed segment finds behind its end. */
const nothingNew = {
  replaces: [],
  isSealed: true,
  isWhole: true,
  findings: [],
  records: 0,
  newerThanMe: 0,
  spans: [],
  data: new Uint8Array(0),
  dataOffset: 0,
  provenRanges: [],
} as const;

/** Scans a file from where the cache stopped; undefined where the cache holds more of it than is there. */
function readSegment(dir: string, file: string, seen: ReadonlyMap<string, SeenSegment>): ReadSegment | undefined {
  const path = join(dir, file);
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new ListedFileIsGone();
    return { scanned: unreadable(file, path) };
  }
  try {
    const { size, mtimeMs: modified, ino: inode } = fstatSync(fd);
    const look = { modified, inode };
    const end = Math.min(size, maxReadBytes);
    if (seen.size > 0) {
      const opening = openingOf(fd, size);
      const known = opening.found === "HEADER" ? seen.get(opening.header.segment) : undefined;
      if (known && opening.found === "HEADER") {
        const { cursor, isWhole } = known;
        if (size < cursor.offset) return undefined;
        const before = { header: opening.header, isWhole };
        const news = readRange(fd, cursor.offset, end);
        return { scanned: stretched(scanSegment(file, news, cursor, before), size), look };
      }
    }
    return { scanned: stretched(scanSegment(file, readRange(fd, 0, end)), size), look };
  } catch (error) {
    // A disk that fails.
    if (codeOf(error) === "unknown") throw error;
    return { scanned: unreadable(file, path) };
  } finally {
    // What was read was read.
    ignoreFailure(() => closeSync(fd));
  }
}

/** A file that cannot be opened or read: its size is what the folder tells, and nothing is found. */
function unreadable(file: string, path: string): ScannedSegment {
  let size = 0;
  try {
    size = lstatSync(path).size;
  } catch {
    throw new ListedFileIsGone();
  }
  return { ...scanSegment(file, new Uint8Array(0)), findings: [], size };
}

function headerOf(path: string): Header | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      const opening = openingOf(fd, fstatSync(fd).size);
      return opening.found === "HEADER" ? opening.header : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Names of the regular files that end in ".seg", in byte order. */
export function segmentFiles(dir: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw homeError(error, errors.HOME_UNUSABLE, "segments folder");
  }
  const names = new Set<string>();
  for (const entry of entries)
    if (entry.isFile() && entry.name.endsWith(".seg") && isName(dir, entry.name)) names.add(entry.name);
  return [...names].sort(compareText);
}

/**
 * Whether a name that was read is the name of a file: where it is not UTF-8, U+FFFD stands for some of its bytes. (Bun
 * does not give the bytes of names together with the types of files.)
 */
function isName(dir: string, name: string): boolean {
  return !name.includes("\ufffd") || lstatSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true;
}
