/**
 * A segment in pieces: what a mutation changes. Taken apart by the stock protobuf runtime, put together again by
 * conformance/craft.ts, so that no code of the product has a hand in it.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { WireType } from "@bufbuild/protobuf/wire";
import { FrameSchema, type Header, HeaderSchema, SealSchema } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import { crc32, type FrameParts, fieldsOf, joined, magic, sized, varint } from "../craft.js";

/** Bytes as they are: the magic frame, or what is no frame. */
export interface RawPiece {
  readonly is: "raw";
  readonly bytes: Uint8Array;
}

/** A frame that gets its checksum when it is put together. */
export interface FramePiece {
  readonly is: "frame";
  readonly parts: FrameParts;
  /** What is done to its encoded fields, the checksum included, before their size is put in front. */
  readonly change?: (fields: Uint8Array[]) => Uint8Array[];
}

/** A seal that agrees with what stands before it, but for the values that `wrong` changes. */
export interface SealPiece {
  readonly is: "seal";
  readonly wrong?: (seal: SealValues) => void;
}

/** Fields of baton.segment.v1.Seal. */
export interface SealValues {
  frames: number;
  firstSeq: bigint;
  lastSeq: bigint;
  bytes: bigint;
  crc: number;
  maxStamp: bigint;
}

/** One stretch of a segment. */
export type Piece = RawPiece | FramePiece | SealPiece;

/** A segment taken apart. */
export interface Pieces {
  readonly segment: Uint8Array;
  readonly firstSeq: bigint;
  readonly maxStamp: bigint;
  readonly pieces: readonly Piece[];
}

/** Takes a sound segment apart. Throws where a frame cannot be read. */
export function piecesOf(bytes: Uint8Array): Pieces {
  const pieces: Piece[] = [{ is: "raw", bytes: magic }];
  let header: Header | undefined;
  let maxStamp = 0n;
  for (let at = magic.length; at < bytes.length; ) {
    const [size, width] = sizeAt(bytes, at);
    const frame = fromBinary(FrameSchema, bytes.subarray(at + width, at + width + size));
    const payload = new Uint8Array(frame.payload ?? []);
    header ??= fromBinary(HeaderSchema, payload);
    const segment = new Uint8Array(header.segmentId ?? []);
    if (frame.type === 3) {
      pieces.push({ is: "seal" });
      maxStamp = fromBinary(SealSchema, payload).maxStamp ?? 0n;
    } else {
      const { origin, $unknown = [] } = frame;
      pieces.push({
        is: "frame",
        parts: {
          segment,
          type: frame.type ?? 0,
          ...(frame.kind === undefined ? {} : { kind: frame.kind }),
          ...(frame.seq === undefined ? {} : { seq: frame.seq }),
          ...(origin ? { origin: { writer: new Uint8Array(origin.writer ?? []), seq: origin.seq ?? 0n } } : {}),
          payload,
          ...($unknown.length > 0 ? { newer: joined(...$unknown.map(fieldBytes)) } : {}),
        },
      });
    }
    at += width + size;
  }
  return { segment: header?.segmentId ?? magic, firstSeq: header?.firstSeq ?? 1n, maxStamp, pieces };
}

/** A segment put together, and where its pieces start. */
export interface Whole {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly starts: readonly number[];
}

const wholes = new WeakMap<Pieces, Whole>();
const frames = new WeakMap<FramePiece, Uint8Array>();

/** Puts pieces together again. What `piecesOf` took apart comes out as it went in. */
export function putTogether(pieces: Pieces): Whole {
  return remembered(wholes, pieces, wholeOf);
}

function wholeOf({ segment, firstSeq, maxStamp, pieces }: Pieces): Whole {
  const parts: Uint8Array[] = [];
  const starts: number[] = [];
  let length = 0;
  let count = 0;
  let lastSeq = firstSeq - 1n;
  for (const piece of pieces) {
    starts.push(length);
    let bytes: Uint8Array;
    if (piece.is === "raw") bytes = piece.bytes;
    else if (piece.is === "frame") {
      bytes = remembered(frames, piece, frameOf);
      if (piece.parts.type === 2) lastSeq = BigInt(piece.parts.seq ?? 0);
    } else {
      const seal = { frames: count, firstSeq, lastSeq, bytes: BigInt(length), crc: crc32(joined(...parts)), maxStamp };
      piece.wrong?.(seal);
      bytes = sized(...fieldsOf({ segment, type: 3, payload: toBinary(SealSchema, create(SealSchema, seal)) }));
    }
    parts.push(bytes);
    length += bytes.length;
    count++;
  }
  return { bytes: joined(...parts), starts };
}

function frameOf({ parts, change }: FramePiece): Uint8Array {
  const fields = fieldsOf(parts);
  return sized(...(change?.(fields) ?? fields));
}

function remembered<K extends object, V>(memory: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  memory.set(key, made);
  return made;
}

/** Value and bytes of the varint at an offset, where it is one of at most five bytes; else [0, 1]. */
export function sizeAt(bytes: Uint8Array, at: number): [number, number] {
  let value = 0;
  for (let width = 1; width <= 5; width++) {
    const byte = bytes[at + width - 1] ?? 0;
    value += (byte & 0x7f) * 128 ** (width - 1);
    if (byte < 0x80) return [value, width];
  }
  return [0, 1];
}

/** A field that the runtime did not know, encoded as it stood there. */
function fieldBytes({ no, wireType, data }: { no: number; wireType: WireType; data: Uint8Array }): Uint8Array {
  return joined(varint(no * 8 + wireType), data);
}
