/** The header of a segment and its seal: what their payloads say (docs/segment-format.md, section 3). */
import { schemaFingerprint, segmentHeaderTable } from "../gen/tables.js";
import { BatonError } from "../record/error.js";
import { type Decoded, decodeMessage, encodeMessage } from "../record/wire.js";
import {
  crcOfSegmentId,
  frameCrc,
  frameTypes,
  highWord,
  magicFrame,
  maxFrameOverhead,
  parseFrame,
  sizeAt,
  sizeBytes,
  uint32At,
  unverifiedFrame,
  writeFrame,
  writeUint32,
} from "./frame.js";
import { fromHex, toHex } from "./hex.js";

/** Version of the format that this program writes (SEG-012). */
const formatVersion = { major: 1, minor: 0 } as const;

/** A segment that a compacted one replaces, up to a length. */
export interface Replaced {
  /** Its id, 32 hexadecimal digits. */
  readonly segment: string;
  readonly bytes: number;
}

/** Records that a recorder had to drop; `reason` is a number of baton.segment.v1.DropReason. */
export interface Dropped {
  readonly reason: number;
  readonly count: number;
}

/** What a header says. Ids are 32 hexadecimal digits. */
export interface Header {
  readonly formatMinor: number;
  readonly segment: string;
  readonly writer: string;
  /** Milliseconds since 1970; 0 where the header does not tell. */
  readonly createdAt: number;
  readonly firstSeq: number;
  /** 16 hexadecimal digits that tell which install.key aliases and digests were made with; empty where it does not tell. */
  readonly keyId: string;
  readonly replaces: readonly Replaced[];
  readonly dropped: readonly Dropped[];
}

/** What a writer puts into a header. */
export interface HeaderInit {
  readonly segment: string;
  readonly writer: string;
  readonly createdAt: number;
  readonly firstSeq: number;
  readonly writerName: string;
  readonly writerVersion: string;
  /** First 8 bytes of HMAC(install.key, "id"). */
  readonly keyId?: Uint8Array;
  readonly replaces?: readonly Replaced[];
  readonly dropped?: readonly Dropped[];
}

/** What stands where a header is expected. */
export type Opening =
  | { readonly found: "HEADER"; readonly header: Header; readonly end: number }
  | { readonly found: "NEWER_FORMAT" | "DAMAGED_HEADER" };

/** Magic and header frame of a new segment. */
export function writeOpening(init: HeaderInit): Uint8Array {
  const segmentId = fromHex(init.segment);
  const payload = encodeMessage(segmentHeaderTable, {
    formatMajor: formatVersion.major,
    formatMinor: formatVersion.minor,
    segmentId,
    writerId: fromHex(init.writer),
    createdAt: init.createdAt,
    firstSeq: init.firstSeq,
    writerName: init.writerName,
    writerVersion: init.writerVersion,
    schemaFingerprint: fromHex(schemaFingerprint),
    keyId: init.keyId,
    replaces: (init.replaces ?? []).map(({ segment, bytes }) => ({ segmentId: fromHex(segment), bytes })),
    dropped: (init.dropped ?? []).map(({ reason, count }) => ({ reason, count })),
  });
  const out = new Uint8Array(magicFrame.length + maxFrameOverhead + payload.length);
  out.set(magicFrame);
  const base = crcOfSegmentId(segmentId);
  return out.subarray(0, writeFrame(out, magicFrame.length, base, frameTypes.HEADER, 0, 0, payload));
}

/** Offset behind the header frame, as the size that stands at its start announces it; 0 where none is announced. */
export function openingEnd(bytes: Uint8Array): number {
  const size = sizeAt(bytes, magicFrame.length, bytes.length);
  return size > 0 ? magicFrame.length + sizeBytes(size) + size : 0;
}

/** Reads the magic frame and the header frame behind it (SEG-002, SEG-012, SEG-013). */
export function readOpening(bytes: Uint8Array): Opening {
  const frame = unverifiedFrame();
  const damaged: Opening = { found: "DAMAGED_HEADER" };
  if (magicFrame.some((byte, i) => bytes[i] !== byte)) return damaged;
  if (!parseFrame(bytes, magicFrame.length, bytes.length, frame) || frame.type !== frameTypes.HEADER) return damaged;
  const said = decodeHeader(bytes.subarray(frame.payloadStart, frame.payloadEnd));
  const { segmentId, writerId, formatMajor } = said ?? {};
  if (!isId(segmentId) || frameCrc(crcOfSegmentId(segmentId), bytes, frame) !== frame.crc) return damaged;
  const { firstSeq } = said ?? {};
  const replaces = listOf(said?.replaces).map(readReplaced);
  const isWhole =
    typeof formatMajor === "number" && isId(writerId) && isCount(firstSeq) && firstSeq > 0 && replaces.every(isPresent);
  if (!isWhole) return damaged;
  if (formatMajor !== formatVersion.major) return { found: "NEWER_FORMAT" };
  const header: Header = {
    formatMinor: Number(said?.formatMinor ?? 0),
    segment: toHex(segmentId),
    writer: toHex(writerId),
    createdAt: Number(said?.createdAt ?? 0),
    firstSeq,
    keyId: said?.keyId instanceof Uint8Array ? toHex(said.keyId) : "",
    replaces: replaces.filter(isPresent),
    dropped: listOf(said?.dropped).map(({ reason, count }) => ({
      reason: Number(reason ?? 0),
      count: Number(count ?? 0),
    })),
  };
  return { found: "HEADER", header, end: frame.end };
}

/** Size of a seal frame with its size (SEG-016). */
export const sealBytes = 61;

/** What a seal says of the segment before it. */
export interface Seal {
  /** Frames before it, the magic one included. */
  readonly frames: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Bytes before it. */
  readonly bytes: number;
  /** CRC-32 of these bytes. */
  readonly crc: number;
  /** Highest stamp, its low and its high 32 bits; both 0 where no record lies before it. */
  readonly maxStamp: { readonly low: number; readonly high: number };
}

/** Writes a seal frame at `at`, and gives the offset behind it. */
export function writeSeal(out: Uint8Array, at: number, base: number, seal: Seal): number {
  const payload = new Uint8Array(46);
  payload[0] = 0x0d;
  writeUint32(payload, 1, seal.frames);
  const wide: [number, number, number, number][] = [
    [5, 0x11, seal.firstSeq, highWord(seal.firstSeq)],
    [14, 0x19, seal.lastSeq, highWord(seal.lastSeq)],
    [23, 0x21, seal.bytes, highWord(seal.bytes)],
    [37, 0x31, seal.maxStamp.low, seal.maxStamp.high],
  ];
  for (const [start, tag, low, high] of wide) {
    payload[start] = tag;
    writeUint32(payload, start + 1, low);
    writeUint32(payload, start + 5, high);
  }
  payload[32] = 0x2d;
  writeUint32(payload, 33, seal.crc);
  return writeFrame(out, at, base, frameTypes.SEAL, 0, 0, payload);
}

/** Reads the payload of a seal; undefined where it is not laid out as `writeSeal` lays it out (SEG-016). */
export function readSeal(bytes: Uint8Array, start: number, end: number): Seal | undefined {
  const isLaidOut =
    end - start === 46 &&
    bytes[start] === 0x0d &&
    bytes[start + 5] === 0x11 &&
    bytes[start + 14] === 0x19 &&
    bytes[start + 23] === 0x21 &&
    bytes[start + 32] === 0x2d &&
    bytes[start + 37] === 0x31;
  if (!isLaidOut) return undefined;
  return {
    frames: uint32At(bytes, start + 1),
    firstSeq: wideAt(bytes, start + 6),
    lastSeq: wideAt(bytes, start + 15),
    bytes: wideAt(bytes, start + 24),
    crc: uint32At(bytes, start + 33),
    maxStamp: { low: uint32At(bytes, start + 38), high: uint32At(bytes, start + 42) },
  };
}

function decodeHeader(payload: Uint8Array): Decoded | undefined {
  try {
    return decodeMessage(segmentHeaderTable, payload);
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

function readReplaced({ segmentId, bytes }: Decoded): Replaced | undefined {
  return isId(segmentId) && isCount(bytes) ? { segment: toHex(segmentId), bytes } : undefined;
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** Whether it is a whole number up to 2^53 - 1; what is above is decoded as a bigint. */
function isCount(value: unknown): value is number {
  return typeof value === "number";
}

function isId(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === 16;
}

function listOf(value: unknown): Decoded[] {
  return Array.isArray(value) ? value : [];
}

function wideAt(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at + 4) * 0x1_0000_0000 + uint32At(bytes, at);
}
