/** Which segments a merge takes: pure, but for the scans that it asks for. */
import { compareText } from "../record/order.js";
import { isAbove, noStamp, type Stamp } from "../record/stamp.js";
import { sealAtEnd } from "../segment/ends.js";
import type { Replaced } from "../segment/header.js";
import { recordsOfSegment, type ScannedSegment } from "../segment/scanned.js";
import { stampOf } from "../segment/seed.js";
import { fewestSegments, smallSegmentBytes } from "./due.js";
import type { SeenFile } from "./seen.js";

/** A segment that a merge takes: whole, and of records that this program can copy byte for byte. */
export interface TakenSegment {
  readonly seen: SeenFile;
  readonly scanned: ScannedSegment;
  /** The highest of its records; what its seal says, where it has one. */
  readonly maxStamp: Stamp;
}

/** Segments that become one. */
export interface Group {
  readonly segments: readonly TakenSegment[];
  /** What the new segment stands for: these, and what they stand for themselves that is still there. */
  readonly replaces: readonly Replaced[];
  readonly keyId: string;
  readonly maxStamp: Stamp;
}

/** A merge copies no more than this. */
export const mostBytes = 16 * 1024 * 1024;

/** How few segments are worth a new one. */
export interface Fewest {
  /** Of one install.key. */
  readonly ofKey: number;
  /** In a group. */
  readonly inGroup: number;
}

const fewestOfMerge: Fewest = { ofKey: fewestSegments, inGroup: 2 };

/** Bounds of a group: its header is read by every reader, and its file is one that a writer might have left. */
const mostReplaced = 1024;
const mostGroupBytes = 7 * 1024 * 1024;

/**
 * The files that may be taken, as far as the folder tells: the smallest first. Left out are those of `mostSize` bytes and
 * more, those with a copy beside them, and those in `named`, which compacted segments name as replaced.
 */
export function candidates(
  all: readonly SeenFile[],
  named: ReadonlySet<string>,
  mostSize = smallSegmentBytes,
): SeenFile[] {
  const copies = new Map<string, number>();
  for (const { header } of all) copies.set(header.segment, (copies.get(header.segment) ?? 0) + 1);
  return all
    .filter(({ header: { segment }, size }) => size < mostSize && copies.get(segment) === 1 && !named.has(segment))
    .sort((a, b) => a.size - b.size || compareText(a.file, b.file));
}

/**
 * Whether header and scan show a sealed segment that a merge may take; gives it with its highest stamp. Left out are those
 * of a newer version and with drop counters too.
 */
export function taken(seen: SeenFile, scanned: ScannedSegment): TakenSegment | undefined {
  const [only, ...others] = scanned.findings;
  if (only?.type !== "SEAL" || others.length > 0 || scanned.validBytes !== seen.size) return undefined;
  const seal = sealAtEnd(scanned.data, seen.size, seen.header.segment);
  return seal && hasPlainHeader(seen) && !cannotBeCopied(scanned)
    ? { seen, scanned, maxStamp: seal.maxStamp }
    : undefined;
}

/** As `taken`, of a segment without a seal: up to its open tail, if it has one (SEG-073). */
export function takenUnsealed(seen: SeenFile, scanned: ScannedSegment): TakenSegment | undefined {
  if (scanned.isSealed || scanned.findings.some(({ type }) => type !== "OPEN_TAIL")) return undefined;
  if (!hasPlainHeader(seen) || cannotBeCopied(scanned)) return undefined;
  let maxStamp = noStamp;
  for (const { payload } of recordsOfSegment(scanned, 0)) {
    const stamp = stampOf(payload);
    if (stamp && isAbove(stamp, maxStamp)) maxStamp = stamp;
  }
  return { seen, scanned, maxStamp };
}

/** Whether the header says nothing that a copy of the records would lose. */
function hasPlainHeader({ header: { formatMinor, dropped } }: SeenFile): boolean {
  return formatMinor === 0 && dropped.length === 0;
}

/** A frame above this may be too large for a reader once an origin is added to it (SEG-001). */
const mostFrameBytes = 1024 * 1024 - 64;

/** Whether a frame carries fields behind its payload, which a copy of it would lose (SEG-003), or has no room for an origin. */
function cannotBeCopied(scanned: ScannedSegment): boolean {
  const { data, dataOffset } = scanned;
  for (const { offset, length, payload } of recordsOfSegment(scanned, 0)) {
    const payloadEnd = dataOffset + payload.byteOffset - data.byteOffset + payload.length;
    if (payloadEnd !== offset + length || length > mostFrameBytes) return true;
  }
  return false;
}

/**
 * Divides what is taken into groups that become one segment each. `there` are the ids of all files of the folder. Those
 * of one install.key stay together, and of them those of one writer, so that its numbers rise.
 */
export function groupsOf(
  segments: readonly TakenSegment[],
  there: ReadonlySet<string>,
  fewest: Fewest = fewestOfMerge,
): Group[] {
  const byKey = new Map<string, TakenSegment[]>();
  for (const segment of segments) {
    const { keyId } = segment.seen.header;
    const ofKey = byKey.get(keyId);
    if (ofKey) ofKey.push(segment);
    else byKey.set(keyId, [segment]);
  }
  const groups: Group[] = [];
  for (const [keyId, ofKey] of byKey) {
    if (ofKey.length < fewest.ofKey) continue;
    ofKey.sort((a, b) => compareText(a.seen.header.writer, b.seen.header.writer) || firstSeq(a) - firstSeq(b));
    let open: TakenSegment[] = [];
    let replaces = new Map<string, number>();
    let bytes = 0;
    const close = (): void => {
      if (open.length >= fewest.inGroup) groups.push(groupOf(open, replaces, keyId));
      [open, replaces, bytes] = [[], new Map(), 0];
    };
    for (const segment of ofKey) {
      const more = replacedBy(segment, there);
      if (replaces.size + more.length > mostReplaced || bytes + copyBytes(segment) > mostGroupBytes) close();
      open.push(segment);
      for (const { segment: id, bytes: length } of more) replaces.set(id, Math.max(length, replaces.get(id) ?? 0));
      bytes += copyBytes(segment);
    }
    close();
  }
  return groups;
}

function firstSeq({ seen }: TakenSegment): number {
  return seen.header.firstSeq;
}

function groupOf(segments: readonly TakenSegment[], replaces: ReadonlyMap<string, number>, keyId: string): Group {
  const maxStamp = segments.reduce(
    (highest, each) => (isAbove(each.maxStamp, highest) ? each.maxStamp : highest),
    noStamp,
  );
  return { segments, replaces: [...replaces].map(([segment, bytes]) => ({ segment, bytes })), keyId, maxStamp };
}

/** The segment itself, and of what it stands for that which could not be deleted yet. Without a seal it stands for nothing. */
function replacedBy({ seen: { header }, scanned }: TakenSegment, there: ReadonlySet<string>): Replaced[] {
  const others = scanned.isSealed ? header.replaces.filter(({ segment }) => there.has(segment)) : [];
  return [{ segment: header.segment, bytes: scanned.validBytes }, ...others];
}

/** Most bytes that its records take in another segment: an origin and longer numbers are added to each. */
function copyBytes({ seen, scanned }: TakenSegment): number {
  return seen.size + scanned.records * 40;
}
