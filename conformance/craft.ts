/**
 * Builds segments straight from docs/segment-format.md, sound ones and wrong ones, without the product's own code: so
 * that what both implementations get wrong in the same way still shows.
 */
import { createHash } from "node:crypto";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { HeaderSchema } from "../ts/src/gen/baton/segment/v1/frame_pb.js";
import { NoteCategory } from "../ts/src/gen/baton/state/v1/handoff_note_pb.js";
import { RecordSchema } from "../ts/src/gen/baton/state/v1/record_pb.js";

/** SEG-002 */
export const magic = Uint8Array.of(0x09, 0x79, 0x89, 0x42, 0x54, 0x4e, 0x0d, 0x0a, 0x1a, 0x0a);
/** SEG-004: tag and value of `sync`. */
export const syncTag = Uint8Array.of(0x0d, 0xb5, 0x7e, 0xa7, 0x0e);

/** Instant that crafted segments were made at: milliseconds since 1970. */
export const craftedAt = 1_760_000_000_000;

/** 16 bytes that stand for a random id, the same for every run. */
export function idOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(`baton fixture ${name}`).digest().subarray(0, 16));
}

/** Joins byte strings. */
export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** Minimal base-128 varint. */
export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** SEG-010, bit by bit. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Little-endian bytes of a 32-bit number. */
export function fixed32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** Little-endian bytes of a 64-bit number. */
export function fixed64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Frame before its size, with the checksum that belongs to it. */
export interface FrameParts {
  segment: Uint8Array;
  type: number;
  kind?: number;
  seq?: number | bigint;
  origin?: { writer: Uint8Array; seq: number | bigint };
  payload: Uint8Array;
  /** Encoded fields behind the payload. */
  newer?: Uint8Array;
}

/** Encoded fields of a frame, one by one, in the order of SEG-003. */
export function fieldsOf(parts: FrameParts): Uint8Array[] {
  const { segment, type, kind, seq, origin, payload, newer } = parts;
  const preimage = joined(
    segment,
    fixed32(type),
    fixed32(kind ?? 0),
    fixed64(seq ?? 0),
    origin?.writer ?? new Uint8Array(16),
    fixed64(origin?.seq ?? 0),
    fixed32(payload.length),
    payload,
  );
  const fields: Uint8Array[] = [syncTag, joined(Uint8Array.of(0x10), varint(type))];
  if (kind !== undefined) fields.push(joined(Uint8Array.of(0x18), varint(kind)));
  if (seq !== undefined) fields.push(joined(Uint8Array.of(0x20), varint(seq)));
  if (origin) {
    const body = joined(
      Uint8Array.of(0x0a),
      varint(origin.writer.length),
      origin.writer,
      Uint8Array.of(0x11),
      fixed64(origin.seq),
    );
    fields.push(joined(Uint8Array.of(0x2a), varint(body.length), body));
  }
  fields.push(joined(Uint8Array.of(0x35), fixed32(crc32(preimage))));
  fields.push(joined(Uint8Array.of(0x3a), varint(payload.length), payload));
  if (newer) fields.push(newer);
  return fields;
}

/** Puts its size before a frame. */
export function sized(...fields: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = joined(...fields);
  return joined(varint(body.length), body);
}

/** A whole frame. */
export function frame(parts: FrameParts): Uint8Array<ArrayBuffer> {
  return sized(...fieldsOf(parts));
}

/** What to put into a crafted record frame. */
export interface CraftedRecord {
  kind: number;
  payload: Uint8Array;
  origin?: { writer: Uint8Array; seq: number | bigint };
  newer?: Uint8Array;
}

/** Payload of a note whose text tells its number; kind 19. */
export function note(number: number): CraftedRecord {
  const id = `n-${number.toString(16).padStart(16, "0")}`;
  const record = create(RecordSchema, {
    stamp: BigInt(craftedAt + number) << 16n,
    observedAt: BigInt(craftedAt + number),
    workspace: "github.com/baton/fixture",
    kind: { case: "handoffNote", value: { id, text: `note ${number}`, category: NoteCategory.NOTE } },
  });
  return { kind: 19, payload: toBinary(RecordSchema, record) };
}

/** Where a frame stands. */
export interface Place {
  offset: number;
  length: number;
  seq?: number;
  kind?: number;
}

/** A segment in the making: its bytes so far and where each record stands. */
export interface Crafted {
  readonly segment: Uint8Array<ArrayBuffer>;
  readonly writer: Uint8Array<ArrayBuffer>;
  readonly firstSeq: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Frames so far, the magic one included. */
  readonly frames: number;
  readonly lastSeq: number;
  readonly maxStamp: bigint;
  readonly records: readonly Required<Place>[];
}

/** Magic and header. Ids come from `name`; `encoded` may change the bytes of the header. */
export function craft(
  name: string,
  header: MessageInitShape<typeof HeaderSchema> = {},
  encoded: (payload: Uint8Array) => Uint8Array = (payload) => payload,
): Crafted {
  const segment = header.segmentId ? new Uint8Array(header.segmentId) : idOf(`segment ${name}`);
  const writer = header.writerId ? new Uint8Array(header.writerId) : idOf(`writer ${name}`);
  const firstSeq = Number(header.firstSeq ?? 1n);
  const message = create(HeaderSchema, {
    formatMajor: 1,
    formatMinor: 0,
    segmentId: segment,
    writerId: writer,
    createdAt: BigInt(craftedAt),
    firstSeq: BigInt(firstSeq),
    writerName: "craft",
    writerVersion: "1",
    ...header,
  });
  const bytes = joined(magic, frame({ segment, type: 1, payload: encoded(toBinary(HeaderSchema, message)) }));
  return { segment, writer, firstSeq, bytes, frames: 2, lastSeq: firstSeq - 1, maxStamp: 0n, records: [] };
}

/** Adds a record frame with the next sequence number, or with `seq`. */
export function withRecord(crafted: Crafted, record: CraftedRecord, seq = crafted.lastSeq + 1): Crafted {
  const bytes = frame({ segment: crafted.segment, type: 2, seq, ...record });
  const stamp = stampOf(record.payload);
  const place = { offset: crafted.bytes.length, length: bytes.length, seq, kind: record.kind };
  return {
    ...crafted,
    bytes: joined(crafted.bytes, bytes),
    frames: crafted.frames + 1,
    lastSeq: seq,
    maxStamp: stamp > crafted.maxStamp ? stamp : crafted.maxStamp,
    records: [...crafted.records, place],
  };
}

/** Stamp of a payload; 0 where it has none, or is no record. */
export function stampOf(payload: Uint8Array): bigint {
  try {
    return fromBinary(RecordSchema, payload).stamp ?? 0n;
  } catch {
    return 0n;
  }
}

/** Adds notes with these numbers. */
export function withNotes(crafted: Crafted, ...numbers: number[]): Crafted {
  return numbers.reduce((sofar, number) => withRecord(sofar, note(number)), crafted);
}

/** The seal that agrees with what stands before it, or one with other values. */
export function sealOf(
  crafted: Crafted,
  wrong: Partial<{ frames: number; firstSeq: number; lastSeq: number; bytes: number; crc: number }> = {},
): Uint8Array<ArrayBuffer> {
  const payload = joined(
    Uint8Array.of(0x0d),
    fixed32(wrong.frames ?? crafted.frames),
    Uint8Array.of(0x11),
    fixed64(wrong.firstSeq ?? crafted.firstSeq),
    Uint8Array.of(0x19),
    fixed64(wrong.lastSeq ?? crafted.lastSeq),
    Uint8Array.of(0x21),
    fixed64(wrong.bytes ?? crafted.bytes.length),
    Uint8Array.of(0x2d),
    fixed32(wrong.crc ?? crc32(crafted.bytes)),
    Uint8Array.of(0x31),
    fixed64(crafted.maxStamp),
  );
  return frame({ segment: crafted.segment, type: 3, payload });
}

/** Bytes with a sealed end. */
export function sealed(crafted: Crafted): Uint8Array<ArrayBuffer> {
  return joined(crafted.bytes, sealOf(crafted));
}

/** Copy with one byte changed by XOR. */
export function flipped(bytes: Uint8Array, at: number, mask = 0x01): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}
