/**
 * Gives back the space of what no reader asks for any more: a compaction that leaves out what is superseded or past
 * retention (docs/segment-format.md, section 9). Readers and writers go on meanwhile.
 */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { kindNumbered } from "../fold/fold.js";
import type { RetentionOverride } from "../fold/state.js";
import { errors } from "../gen/tables.js";
import { takeLease } from "../home/lease.js";
import { type Group, groupsOf, type TakenSegment } from "../merge/choice.js";
import { cleanFolder } from "../merge/clean.js";
import { type MergeFiles, makeSafe, mergeFiles } from "../merge/files.js";
import { isIdle, type SeenFile, scanFile, seeFile } from "../merge/seen.js";
import { writeGroup } from "../merge/write.js";
import { batonError } from "../record/error.js";
import { compareText } from "../record/order.js";
import { dayMs } from "../record/stamp.js";
import { segmentFiles } from "../segment/folder.js";
import { type PlacedRecord, recordsOfSegment } from "../segment/scanned.js";
import { ignoreFailure } from "../segment/system.js";
import { maxSegmentBytes } from "../segment/writer.js";
import { type EmptyFile, seeEmpty } from "./empty.js";
import { type Fate, fatesOf } from "./fate.js";
import type { GcKind, GcReport } from "./report.js";
import { type Survey, surveyFolder, takenNow } from "./survey.js";
import { pause, removeStill, type StillFile, stillMs } from "./unsealed.js";

/** What a compaction needs. */
export interface GcInit {
  /** State directory: the segments lie in `segments`, the lease in `locks`. */
  readonly home: string;
  /** Name and version of the program, for the headers. */
  readonly writerName: string;
  readonly writerVersion: string;
  /** The instant that retention is judged at: milliseconds since 1970. */
  readonly now: number;
  readonly retention?: readonly RetentionOverride[] | undefined;
  /** Whether it only says what it would do. */
  readonly isDryRun: boolean;
  readonly files?: MergeFiles;
  /** Waits so many milliseconds. */
  readonly pause?: (ms: number) => void;
}

/** A lease is touched this often, in milliseconds. */
const beatMs = 10_000;
/** Bytes of a seal and of a header, and in the header of each segment that is replaced: about. */
const [frameBytes, replacedBytes] = [300, 24];
/** Bytes of an origin. */
const originBytes = 29;

/**
 * Compacts a state directory. Refuses where another merge or compaction runs (SEGMENTS_BUSY), and where the folder cannot
 * be listed; throws what the file system throws where nothing can be written: what was done until then stands.
 */
export function collectGarbage(init: GcInit): GcReport {
  if (init.isDryRun) return new Collection(init, { holds: () => true, touch: () => true }).run();
  const lease = takeLease(join(init.home, "locks"), "gc");
  if (!lease) throw batonError(errors.SEGMENTS_BUSY);
  try {
    return new Collection(init, lease).run();
  } finally {
    lease.release();
  }
}

interface Held {
  holds(): boolean;
  touch(): boolean;
}

/** One run. */
class Collection {
  readonly #dir: string;
  readonly #files: MergeFiles;
  readonly #kinds = new Map<string, GcKind>();
  #lastBeat = performance.now();
  #bytes = 0;
  #segments = 0;
  /** Replaced segments without a seal, and empty ones: deleted last, where nobody has written to them since they were read. */
  readonly #unsealed: StillFile[] = [];
  readonly #wall = Date.now();
  #there: ReadonlySet<string> = new Set();

  constructor(
    private readonly init: GcInit,
    private readonly lease: Held,
  ) {
    this.#dir = join(init.home, "segments");
    this.#files = init.isDryRun ? idleFiles : (init.files ?? mergeFiles);
  }

  run(): GcReport {
    const { isDryRun, now } = this.init;
    const names = segmentFiles(this.#dir);
    const before = sizeOf(this.#dir);
    const found = names.flatMap((file) => this.#see(file, seeFile));
    const known = new Set(found.map(({ file }) => file));
    const empty = names.filter((file) => !known.has(file)).flatMap((file) => this.#see(file, seeEmpty));
    const all = this.#clean(found);
    this.#segments = names.length - (found.length - all.length);
    this.#bytes = before.bytes - sum(found) + sum(all);
    const isListed = names.length === found.length + empty.length;
    this.#there = new Set(all.map(({ header }) => header.segment));
    const survey = surveyFolder(this.#dir, all, { now, wall: this.#wall, isListed, beat: () => this.#beat() });
    for (const [by, left] of survey.leftBehind)
      ignoreFailure(() => {
        makeSafe(this.#files, this.#dir, by.file);
        this.#unsealed.push(...left);
      });
    for (const group of groupsOf(survey.segments, this.#there, { ofKey: 1, inGroup: 1 })) {
      this.#beat();
      if (!this.#compact(group, survey)) continue;
      this.#delete(group.segments.filter(({ scanned }) => scanned.isSealed).map(({ seen }) => seen));
      this.#unsealed.push(...group.segments.filter(({ scanned }) => !scanned.isSealed).map(({ seen }) => seen));
    }
    const idle = empty.filter((each) => isIdle(each, this.#wall));
    this.#unsealed.push(...idle);
    this.#deleteUnsealed();
    const after = isDryRun ? { segments: this.#segments, bytes: this.#bytes } : sizeOf(this.#dir);
    return {
      dryRun: isDryRun,
      kinds: [...this.#kinds.values()].sort((a, b) => compareText(a.kind, b.kind)),
      segmentsBefore: before.segments,
      segmentsAfter: after.segments,
      bytesBefore: before.bytes,
      bytesAfter: after.bytes,
      leftAlone: all.length - survey.segments.length + (names.length - found.length - idle.length),
    };
  }

  /** A file that cannot be opened is one that cannot be read in full (SEG-071). */
  #see<T extends EmptyFile>(file: string, see: (dir: string, file: string) => T | undefined): T[] {
    try {
      return [see(this.#dir, file)].flatMap((seen) => seen ?? []);
    } catch {
      return [];
    }
  }

  /** What earlier compactions left behind goes first (SEG-054). */
  #clean(found: readonly SeenFile[]): SeenFile[] {
    const limits = { mostBytes: Number.POSITIVE_INFINITY, isInTime: () => true };
    return cleanFolder(found, { dir: this.#dir, files: this.#files, wall: Date.now(), ...limits });
  }

  /** Writes the segment of a group where that gives anything back, and says so. */
  #compact(group: Group, { holders, isWhole, newest }: Survey): boolean {
    const segments = group.segments.flatMap((segment) => this.#scanAgain(segment));
    if (segments.length < group.segments.length) return false;
    const ids = new Set(segments.map(({ seen }) => seen.header.segment));
    const isAlone = (key: string): boolean => isWhole && (holders.get(key) ?? []).every((id) => ids.has(id));
    const records = segments.flatMap(({ scanned }) => [...recordsOfSegment(scanned, 0)]);
    const { now, retention, writerName, writerVersion, isDryRun } = this.init;
    // A clock that jumped ahead must not make everything old at once.
    const fates = fatesOf(records, { now: Math.min(now, newest + dayMs), retention, isAlone });
    for (const [i, record] of records.entries()) this.#count(record, fates[i] as Fate);
    const left = new Set(records.filter((_, i) => fates[i] !== "kept").map(placeOf));
    if (left.size === 0 && segments.length === 1) return false;
    const isKept = (record: PlacedRecord): boolean => !left.has(placeOf(record));
    const kept = records.filter(isKept);
    const copied = kept.reduce((bytes, { length }) => bytes + length + originBytes, 0);
    const size = frameBytes + group.replaces.length * replacedBytes + copied;
    if (size > maxSegmentBytes) return false;
    const write = { dir: this.#dir, files: this.#files, writerName, writerVersion, now, isKept };
    const holds = (): boolean => this.lease.holds();
    if (!isDryRun && !writeGroup({ ...group, segments }, { ...write, holds })) throw batonError(errors.SEGMENTS_BUSY);
    this.#segments += 1;
    this.#bytes += size;
    return true;
  }

  /** Reads a segment again, and gives nothing where that shows anything else than before. */
  #scanAgain({ seen, scanned: before }: TakenSegment): TakenSegment[] {
    const scanned = scanFile(this.#dir, { ...seen, bytes: undefined });
    const segment = scanned && takenNow(seen, scanned, this.#wall, this.#there);
    const { records, cursor } = before;
    const isSame = segment?.scanned.records === records && segment.scanned.cursor.crc === cursor.crc;
    return segment && isSame ? [segment] : [];
  }

  #count({ kind: number }: PlacedRecord, fate: Fate): void {
    const kind = kindNumbered(number)?.name ?? String(number);
    const counts = this.#kinds.get(kind) ?? { kind, kept: 0, superseded: 0, expired: 0, twice: 0 };
    counts[fate]++;
    this.#kinds.set(kind, counts);
  }

  #delete(files: readonly SeenFile[]): void {
    for (const seen of files)
      ignoreFailure(() => {
        this.#files.remove(join(this.#dir, seen.file));
        this.#forget([seen]);
      });
    if (files.length > 0) ignoreFailure(() => this.#files.syncFolder(this.#dir));
  }

  /** Only where their lengths stay the same for a while (SEG-073). */
  #deleteUnsealed(): void {
    if (this.#unsealed.length === 0) return;
    if (this.init.isDryRun) {
      this.#forget(this.#unsealed);
      return;
    }
    (this.init.pause ?? pause)(stillMs);
    if (!this.lease.touch()) throw batonError(errors.SEGMENTS_BUSY);
    this.#forget(removeStill(this.#dir, this.#files, this.#unsealed));
    ignoreFailure(() => this.#files.syncFolder(this.#dir));
  }

  #forget(files: readonly StillFile[]): void {
    this.#segments -= files.length;
    this.#bytes -= sum(files);
  }

  /** Says that this run lives. Refuses to go on where somebody else took the lease over. */
  #beat(): void {
    if (performance.now() - this.#lastBeat < beatMs) return;
    this.#lastBeat = performance.now();
    if (!this.lease.touch()) throw batonError(errors.SEGMENTS_BUSY);
  }
}

/** Segment files of a folder, and their bytes. */
function sizeOf(dir: string): { readonly segments: number; readonly bytes: number } {
  const files = segmentFiles(dir);
  const sizes = files.map((file) => ({ size: lstatSync(join(dir, file), { throwIfNoEntry: false })?.size ?? 0 }));
  return { segments: files.length, bytes: sum(sizes) };
}

function sum(files: readonly { readonly size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}

function placeOf({ segment, offset }: PlacedRecord): string {
  return `${segment} ${offset}`;
}

/** Changes nothing. */
const idleFiles: MergeFiles = { ...mergeFiles, syncFile() {}, syncFolder() {}, remove() {} };
