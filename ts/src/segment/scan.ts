/**
 * Scanning of one segment: bytes in, findings out, no I/O, nothing thrown, nothing logged (docs/segment-format.md,
 * section 4). `rust/state/src/segment/scan.rs` gives the same findings.
 */
import { crcStart, finishCrc, updateCrc } from "./crc32.js";
import {
  crcOfSegmentId,
  firstSkippedType,
  frameCrc,
  frameTypes,
  magicFrame,
  parseFrame,
  sizeAt,
  sizeIsCut,
  syncTag,
  type UnverifiedFrame,
  unverifiedFrame,
} from "./frame.js";
import { type Header, readOpening, readSeal, sealBytes } from "./header.js";
import { fromHex, toHex } from "./hex.js";

/** Names of baton.segment.v1.FindingType. */
export type FindingType = Finding["type"];

/** A record whose frame proves. */
export interface RecordFinding {
  readonly type: "RECORD";
  /** Offset of its frame in the file. */
  readonly offset: number;
  /** Bytes of its frame. */
  readonly length: number;
  readonly seq: number;
  readonly kind: number;
  /** Where it was first written; only in compacted segments and in those of an import (SEG-014). */
  readonly origin?: RecordOrigin;
  /** A view on the scanned bytes. */
  readonly payload: Uint8Array;
}

/** Writer, in 32 hexadecimal digits, and sequence number there. */
export interface RecordOrigin {
  readonly writer: string;
  readonly seq: number;
}

/** Anything else. */
export interface RangeFinding {
  readonly type:
    | "SEAL"
    | "OPEN_TAIL"
    | "CORRUPT_RANGE"
    | "FOREIGN"
    | "DAMAGED_HEADER"
    | "NEWER_FORMAT"
    | "SEAL_MISMATCH"
    | "SKIPPED_FRAME"
    | "OVERSIZED";
  readonly offset: number;
  readonly length: number;
}

/** What a scan says of a stretch of bytes. */
export type Finding = RecordFinding | RangeFinding;

/** How far a scan came: everything before `offset` is settled and never looked at again. Survives JSON. */
export interface Cursor {
  /** Bytes of the file that are settled. */
  readonly offset: number;
  /** Id of the segment, 32 hexadecimal digits; empty before the header. */
  readonly segment: string;
  /** Id of its writer, likewise. */
  readonly writer: string;
  readonly firstSeq: number;
  /** `firstSeq` - 1 before the first record. */
  readonly lastSeq: number;
  /** Frames that prove, the magic one included. */
  readonly frames: number;
  /** Running CRC-32 of the settled bytes; 0 once a range is corrupt. */
  readonly crc: number;
  /** Sum of the sizes of the candidates that were not taken, open tails left out (SEG-025). */
  readonly work: number;
  /** Whether no corrupt range lies before. */
  readonly isClean: boolean;
  /** Whether a seal that agrees lies before: nothing behind it is read. */
  readonly isEnded: boolean;
}

/** Where the scan of a file starts. */
export const startCursor: Cursor = {
  offset: 0,
  segment: "",
  writer: "",
  firstSeq: 0,
  lastSeq: 0,
  frames: 0,
  crc: 0,
  work: 0,
  isClean: true,
  isEnded: false,
};

/** Above this sum of sizes of candidates that were not taken, a scan looks no further (SEG-025). */
export const maxScanWork = 64 * 1024 * 1024;

/**
 * Scans a segment from a cursor on.
 * Takes the bytes of the file from `from.offset` to its end. Gives the findings in the order of their offsets, which
 * count from the start of the file, and at last the cursor from which a later scan goes on. A finding that reaches
 * the end of the file without settling it (an open tail, bytes behind a seal, an unreadable file) is given again by
 * that later scan (SEG-029). The payloads are views on `bytes`.
 */
export function* scan(bytes: Uint8Array, from: Cursor): Generator<Finding, Cursor> {
  let cursor = from;
  if (from.offset === 0) {
    const opened = open(bytes);
    if ("type" in opened) {
      yield opened;
      return from;
    }
    cursor = opened;
  }
  const start = from.offset;
  const base = crcOfSegmentId(fromHex(cursor.segment));
  const frame = unverifiedFrame();
  const limit = bytes.length;
  let { lastSeq, frames, work, isClean, isEnded } = cursor;
  let at = cursor.offset - start;
  let crc = ~cursor.crc;
  let crcAt = at;

  while (at < limit) {
    if (isEnded) {
      yield { type: "CORRUPT_RANGE", offset: start + at, length: limit - at };
      break;
    }
    let next = at;
    if (!proves(bytes, at, base, lastSeq, frame)) {
      const resumed = findFrame(bytes, at, base, lastSeq, frame, work + candidateSize(bytes, at));
      if (resumed.at < 0) {
        yield { type: "OPEN_TAIL", offset: start + at, length: limit - at };
        break;
      }
      next = resumed.at;
      work = resumed.work;
      isClean = false;
      yield { type: "CORRUPT_RANGE", offset: start + at, length: next - at };
    }
    const offset = start + next;
    const length = frame.end - next;
    if (frame.type === frameTypes.RECORD) {
      lastSeq = frame.seq;
      yield recordOf(bytes, offset, length, frame);
    } else if (frame.type === frameTypes.SEAL) {
      const seal = readSeal(bytes, frame.payloadStart, frame.payloadEnd);
      if (isClean) {
        crc = updateCrc(crc, bytes, crcAt, next);
        crcAt = next;
      }
      const agrees =
        seal?.bytes === offset &&
        (!isClean ||
          (seal.frames === frames &&
            seal.firstSeq === cursor.firstSeq &&
            seal.lastSeq === lastSeq &&
            seal.crc === finishCrc(crc)));
      isEnded = agrees;
      yield { type: agrees ? "SEAL" : "SEAL_MISMATCH", offset, length };
    } else yield { type: "SKIPPED_FRAME", offset, length };
    frames++;
    at = next + length;
  }
  const settledCrc = isClean ? finishCrc(updateCrc(crc, bytes, crcAt, at)) : 0;
  return { ...cursor, offset: start + at, lastSeq, frames, crc: settledCrc, work, isClean, isEnded };
}

/** Reads magic and header: gives the cursor behind them, or the one finding of a file that is not read (SEG-020, 021). */
function open(bytes: Uint8Array): Cursor | RangeFinding {
  const start = magicFrame.length;
  const length = bytes.length;
  for (let i = 0; i < Math.min(start, length); i++)
    if (bytes[i] !== magicFrame[i]) return { type: "FOREIGN", offset: 0, length };
  if (length < start) return { type: "OPEN_TAIL", offset: 0, length };
  const opening = readOpening(bytes);
  if (opening.found !== "HEADER") {
    const type = isUnfinishedHeader(bytes) ? "OPEN_TAIL" : opening.found;
    return { type, offset: start, length: length - start };
  }
  return cursorBehind(bytes, opening.header, opening.end);
}

/** Where a scan goes on behind a header that was read already: `bytes` are those of the file as far as `end` at least. */
export function cursorBehind(bytes: Uint8Array, header: Header, end: number): Cursor {
  const { segment, writer, firstSeq } = header;
  const crc = finishCrc(updateCrc(crcStart, bytes, 0, end));
  return { ...startCursor, offset: end, segment, writer, firstSeq, lastSeq: firstSeq - 1, frames: 2, crc };
}

/** Whether the file ends inside the header frame, and no other frame can be seen in the rest (SEG-021). */
function isUnfinishedHeader(bytes: Uint8Array): boolean {
  const start = magicFrame.length;
  const size = sizeAt(bytes, start, bytes.length);
  const isCut = size === sizeIsCut || (size > 0 && endOfSize(start, size) + size > bytes.length);
  if (!isCut) return false;
  const first = findSync(bytes, start);
  return first < 0 || findSync(bytes, first + 1) < 0;
}

/** Whether SEG-022 takes what stands at `at`; then `frame` holds it. */
function proves(bytes: Uint8Array, at: number, base: number, lastSeq: number, frame: UnverifiedFrame): boolean {
  if (!parseFrame(bytes, at, bytes.length, frame)) return false;
  if (frame.type === frameTypes.RECORD) {
    if (frame.seq <= lastSeq) return false;
  } else if (frame.type === frameTypes.SEAL) {
    if (frame.end - at !== sealBytes || !readSeal(bytes, frame.payloadStart, frame.payloadEnd)) return false;
  } else if (frame.type < firstSkippedType) return false;
  return frameCrc(base, bytes, frame) === frame.crc;
}

/** Looks for the next frame behind `at` that SEG-022 takes (SEG-024, SEG-025); `at` is -1 where there is none. */
function findFrame(
  bytes: Uint8Array,
  at: number,
  base: number,
  lastSeq: number,
  frame: UnverifiedFrame,
  spent: number,
): { at: number; work: number } {
  let work = spent;
  for (let tag = findSync(bytes, at + 2); tag >= 0; tag = findSync(bytes, tag + 1)) {
    for (let candidate = tag - 1; candidate > at && candidate >= tag - 3; candidate--) {
      if (work > maxScanWork) return { at: -1, work };
      const size = candidateSize(bytes, candidate);
      if (size === 0 || endOfSize(candidate, size) !== tag) continue;
      if (proves(bytes, candidate, base, lastSeq, frame)) return { at: candidate, work };
      work += size;
    }
  }
  return { at: -1, work };
}

/** The size that the candidate at `at` announces; 0 where none stands there (SEG-024). */
function candidateSize(bytes: Uint8Array, at: number): number {
  const size = sizeAt(bytes, at, bytes.length);
  return size > 0 && isSyncTag(bytes, endOfSize(at, size)) ? size : 0;
}

/** Offset of the next sync tag from `from` on; -1 where there is none. */
function findSync(bytes: Uint8Array, from: number): number {
  // The third byte of the marker is the rarest in text, so the native search stops seldom.
  for (let mark = bytes.indexOf(0xa7, from + 3); mark >= 0; mark = bytes.indexOf(0xa7, mark + 1)) {
    const tag = mark - 3;
    if (isSyncTag(bytes, tag)) return tag;
  }
  return -1;
}

function isSyncTag(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < syncTag.length; i++) if (bytes[at + i] !== syncTag[i]) return false;
  return true;
}

function endOfSize(at: number, size: number): number {
  return at + (size < 0x80 ? 1 : size < 0x4000 ? 2 : 3);
}

function recordOf(bytes: Uint8Array, offset: number, length: number, frame: UnverifiedFrame): RecordFinding {
  const { seq, kind, originAt } = frame;
  const payload = bytes.subarray(frame.payloadStart, frame.payloadEnd);
  if (originAt < 0) return { type: "RECORD", offset, length, seq, kind, payload };
  const origin = { writer: toHex(bytes, originAt, originAt + 16), seq: frame.originSeq };
  return { type: "RECORD", offset, length, seq, kind, origin, payload };
}
