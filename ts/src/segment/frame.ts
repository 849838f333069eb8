/** One frame: its bytes, its strict reading, its checksum (docs/segment-format.md, sections 1 and 2). */
import { endOfVarint, varintSize, varintValue, writeVarint } from "../record/wire.js";
import { crcStart, finishCrc, updateCrc, updateCrcWord, updateCrcWords } from "./crc32.js";

/** The first frame of every segment (SEG-002). */
export const magicFrame = Uint8Array.of(0x09, 0x79, 0x89, 0x42, 0x54, 0x4e, 0x0d, 0x0a, 0x1a, 0x0a);

/** Field 1 with its marker, which every other frame starts with behind its size (SEG-004). */
export const syncTag = Uint8Array.of(0x0d, 0xb5, 0x7e, 0xa7, 0x0e);

/** Types that this version writes (baton.segment.v1.FrameType). */
export const frameTypes = { HEADER: 1, RECORD: 2, SEAL: 3 } as const;

/** Types from here on are skipped when they prove (SEG-006). */
export const firstSkippedType = 128;

/** Largest size of a frame (SEG-001). */
const maxFrameBytes = 1_048_576;

/** Most bytes that a frame takes besides its payload: size, sync, type, kind, seq, origin, crc, payload length. */
export const maxFrameOverhead = 3 + 5 + 6 + 6 + 9 + 29 + 5 + 4;

/** A frame as it lies in the bytes, not yet proven: `parseFrame` fills it, so that a scan allocates none. */
export interface UnverifiedFrame {
  type: number;
  /** 0 where absent. */
  kind: number;
  /** 0 where absent. */
  seq: number;
  /** Offset of the 16 bytes of the origin's writer, -1 where there is no origin. */
  originAt: number;
  /** 0 where absent. */
  originSeq: number;
  crc: number;
  payloadStart: number;
  payloadEnd: number;
  /** Offset behind the frame. */
  end: number;
}

/** An empty one to be filled. */
export function unverifiedFrame(): UnverifiedFrame {
  return { type: 0, kind: 0, seq: 0, originAt: -1, originSeq: 0, crc: 0, payloadStart: 0, payloadEnd: 0, end: 0 };
}

/** What `sizeAt` gives where the bytes end before the size does. */
export const sizeIsCut = -1;

/**
 * The size of the frame at `at`: 1 to 1,048,576, or 0 where no minimal varint of an allowed size stands there
 * (SEG-001), or `sizeIsCut`.
 */
export function sizeAt(bytes: Uint8Array, at: number, limit: number): number {
  if (at >= limit) return sizeIsCut;
  const first = bytes[at] as number;
  if (first < 0x80) return first;
  if (at + 1 >= limit) return sizeIsCut;
  const second = bytes[at + 1] as number;
  if (second < 0x80) return second === 0 ? 0 : (first & 0x7f) | (second << 7);
  if (at + 2 >= limit) return sizeIsCut;
  const third = bytes[at + 2] as number;
  const size = (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  return third === 0 || third >= 0x80 || size > maxFrameBytes ? 0 : size;
}

/**
 * Reads the frame at `at` into `frame`. Gives false where the bytes up to `limit` hold no frame that is encoded as
 * section 1 says; whether it proves is for `frameCrc` to say.
 */
export function parseFrame(bytes: Uint8Array, at: number, limit: number, frame: UnverifiedFrame): boolean {
  const size = sizeAt(bytes, at, limit);
  if (size <= 0) return false;
  const start = at + sizeBytes(size);
  const end = start + size;
  // The shortest frame has sync, a type of one byte, crc and an empty payload.
  if (end > limit || size < 14) return false;
  for (let i = 0; i < 5; i++) if (bytes[start + i] !== syncTag[i]) return false;
  let next = start + 5;

  if (bytes[next] !== 0x10) return false;
  let stop = endOfInteger(bytes, next + 1, end);
  if (stop === 0) return false;
  frame.type = varintValue(bytes, next + 1, stop) as number;
  if (frame.type > 0x7fff_ffff) return false;
  next = stop;

  frame.kind = 0;
  frame.seq = 0;
  frame.originAt = -1;
  frame.originSeq = 0;
  if (frame.type === frameTypes.RECORD) {
    if (bytes[next] !== 0x18) return false;
    stop = endOfInteger(bytes, next + 1, end);
    if (stop === 0) return false;
    frame.kind = varintValue(bytes, next + 1, stop) as number;
    if (frame.kind === 0 || frame.kind > 0xffff_ffff) return false;
    next = stop;

    if (bytes[next] !== 0x20) return false;
    stop = endOfInteger(bytes, next + 1, end);
    if (stop === 0) return false;
    frame.seq = varintValue(bytes, next + 1, stop) as number;
    if (frame.seq === 0) return false;
    next = stop;

    if (bytes[next] === 0x2a) {
      if (next + 29 > end) return false;
      if (bytes[next + 1] !== 27 || bytes[next + 2] !== 0x0a || bytes[next + 3] !== 16) return false;
      if (bytes[next + 20] !== 0x11) return false;
      frame.originAt = next + 4;
      const high = uint32At(bytes, next + 25);
      frame.originSeq = high * 0x1_0000_0000 + uint32At(bytes, next + 21);
      if (frame.originSeq === 0 || high > 0x1f_ffff) return false;
      next += 29;
    }
  } else if (frame.type < firstSkippedType && frame.type !== frameTypes.HEADER && frame.type !== frameTypes.SEAL) {
    return false;
  }

  if (bytes[next] !== 0x35 || next + 6 > end) return false;
  frame.crc = uint32At(bytes, next + 1);
  next += 5;

  if (bytes[next] !== 0x3a) return false;
  stop = endOfInteger(bytes, next + 1, end);
  if (stop === 0) return false;
  frame.payloadStart = stop;
  frame.payloadEnd = stop + (varintValue(bytes, next + 1, stop) as number);
  frame.end = end;
  if (frame.payloadEnd > end) return false;
  return frame.payloadEnd === end || areNewerFields(bytes, frame.payloadEnd, end);
}

/** State of the checksum behind the segment id, with which every checksum of the segment starts (SEG-010). */
export function crcOfSegmentId(segmentId: Uint8Array): number {
  return updateCrc(crcStart, segmentId);
}

/** The checksum that the frame must have in the segment whose id gave `base` (SEG-010). */
export function frameCrc(base: number, bytes: Uint8Array, frame: UnverifiedFrame): number {
  let crc = updateCrcWords(base, frame.type, frame.kind);
  crc = updateCrcWords(crc, frame.seq, highWord(frame.seq));
  if (frame.originAt < 0) crc = updateCrcWords(updateCrcWords(updateCrcWords(crc, 0, 0), 0, 0), 0, 0);
  else {
    crc = updateCrc(crc, bytes, frame.originAt, frame.originAt + 16);
    crc = updateCrcWords(crc, frame.originSeq, highWord(frame.originSeq));
  }
  crc = updateCrcWord(crc, frame.payloadEnd - frame.payloadStart);
  return finishCrc(updateCrc(crc, bytes, frame.payloadStart, frame.payloadEnd));
}

/** Where a record was first written (SEG-015): a writer id of 16 bytes and a sequence number. */
export interface FrameOrigin {
  readonly writer: Uint8Array;
  readonly seq: number;
}

/**
 * Writes a frame at `at` and gives the offset behind it. `out` must have room for the payload and
 * `maxFrameOverhead`, and must not overlap it. `kind` and `seq` are 0 for all but records.
 */
export function writeFrame(
  out: Uint8Array,
  at: number,
  base: number,
  type: number,
  kind: number,
  seq: number,
  payload: Uint8Array,
  origin?: FrameOrigin,
): number {
  const length = payload.length;
  const size =
    14 +
    (type < 0x80 ? 0 : varintSize(type) - 1) +
    (kind === 0 ? 0 : 1 + varintSize(kind)) +
    (seq === 0 ? 0 : 1 + varintSize(seq)) +
    (origin ? 29 : 0) +
    (length < 0x80 ? 0 : varintSize(length) - 1) +
    length;
  let next = writeVarint(out, at, size);
  out[next] = 0x0d;
  out[next + 1] = 0xb5;
  out[next + 2] = 0x7e;
  out[next + 3] = 0xa7;
  out[next + 4] = 0x0e;
  out[next + 5] = 0x10;
  next = writeVarint(out, next + 6, type);
  if (kind !== 0) {
    out[next] = 0x18;
    next = writeVarint(out, next + 1, kind);
  }
  if (seq !== 0) {
    out[next] = 0x20;
    next = writeVarint(out, next + 1, seq);
  }
  let crc = updateCrcWords(updateCrcWords(base, type, kind), seq, highWord(seq));
  if (origin) {
    out[next] = 0x2a;
    out[next + 1] = 27;
    out[next + 2] = 0x0a;
    out[next + 3] = 16;
    out.set(origin.writer, next + 4);
    out[next + 20] = 0x11;
    writeUint32(out, next + 21, origin.seq);
    writeUint32(out, next + 25, highWord(origin.seq));
    next += 29;
    crc = updateCrcWords(updateCrc(crc, origin.writer), origin.seq, highWord(origin.seq));
  } else crc = updateCrcWords(updateCrcWords(updateCrcWords(crc, 0, 0), 0, 0), 0, 0);
  const crcAt = next + 1;
  out[next] = 0x35;
  out[next + 5] = 0x3a;
  next = writeVarint(out, next + 6, length);
  out.set(payload, next);
  writeUint32(out, crcAt, finishCrc(updateCrc(updateCrcWord(crc, length), out, next, next + length)));
  return next + length;
}

/** Reads four bytes, little-endian, unsigned. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

/** Writes the low 32 bits of `value`, little-endian, and gives the offset behind them. */
export function writeUint32(out: Uint8Array, at: number, value: number): number {
  out[at] = value;
  out[at + 1] = value >>> 8;
  out[at + 2] = value >>> 16;
  out[at + 3] = value >>> 24;
  return at + 4;
}

/** Bits 32 and above of a whole number up to 2^53 - 1. */
export function highWord(value: number): number {
  return Math.floor(value / 0x1_0000_0000);
}

/** Bytes that the size of a frame takes. */
export function sizeBytes(size: number): number {
  return size < 0x80 ? 1 : size < 0x4000 ? 2 : 3;
}

/** End of the minimal varint at `at` that is at most 2^53 - 1; 0 where none stands there. */
function endOfInteger(bytes: Uint8Array, at: number, limit: number): number {
  if (at < limit && (bytes[at] as number) < 0x80) return at + 1;
  const end = endOfVarint(bytes, at, limit);
  if (end === undefined || bytes[end - 1] === 0) return 0;
  return typeof varintValue(bytes, at, end) === "number" ? end : 0;
}

/** Whether fields that a newer minor version may add, and nothing else, stand there in rising order (SEG-003). */
function areNewerFields(bytes: Uint8Array, start: number, end: number): boolean {
  let lastNumber = 8;
  for (let at = start; at < end; ) {
    const tagEnd = endOfInteger(bytes, at, end);
    if (tagEnd === 0) return false;
    const tag = varintValue(bytes, at, tagEnd) as number;
    const number = Math.floor(tag / 8);
    if (number < lastNumber || number === 15 || tag > 0xffff_ffff) return false;
    lastNumber = number;
    switch (tag % 8) {
      case 0: {
        const stop = endOfVarint(bytes, tagEnd, end);
        if (stop === undefined || (stop > tagEnd + 1 && bytes[stop - 1] === 0)) return false;
        at = stop;
        break;
      }
      case 1:
        at = tagEnd + 8;
        break;
      case 2: {
        const stop = endOfInteger(bytes, tagEnd, end);
        if (stop === 0) return false;
        at = stop + (varintValue(bytes, tagEnd, stop) as number);
        break;
      }
      case 5:
        at = tagEnd + 4;
        break;
      default:
        return false;
    }
    if (at > end) return false;
  }
  return true;
}
