/** Segments for tests, made frame by frame, compacted and damaged ones too. */
import { noStamp, type Stamp } from "../../src/record/stamp.js";
import { crc32 } from "../../src/segment/crc32.js";
import { crcOfSegmentId, type FrameOrigin, writeFrame } from "../../src/segment/frame.js";
import { type Replaced, writeOpening, writeSeal } from "../../src/segment/header.js";
import { fromHex } from "../../src/segment/hex.js";

/** A frame to build: a record of a kind, or any type. */
export interface BuiltFrame {
  readonly type?: number;
  readonly kind?: number;
  readonly seq?: number;
  readonly payload?: Uint8Array;
  readonly origin?: FrameOrigin;
}

export interface BuiltSegment {
  readonly segment: string;
  readonly writer: string;
  readonly firstSeq?: number;
  readonly replaces?: readonly Replaced[];
  readonly frames?: readonly BuiltFrame[];
  readonly isSealed?: boolean;
  /** What the seal says of the stamps of its records; 0 unless given. */
  readonly maxStamp?: Stamp;
}

/** 32 hexadecimal digits that end in `n`. */
export function idOf(n: number): string {
  return n.toString(16).padStart(32, "0");
}

export const text = (value: string) => new TextEncoder().encode(value);

export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The bytes of a segment, and the offsets at which its frames behind the header start. */
export function build(init: BuiltSegment): { bytes: Uint8Array; offsets: number[] } {
  const { segment, writer, firstSeq = 1, frames = [] } = init;
  let bytes = writeOpening({
    segment,
    writer,
    firstSeq,
    createdAt: 1_700_000_000_000,
    writerName: "test",
    writerVersion: "0",
    replaces: init.replaces ?? [],
  });
  const base = crcOfSegmentId(fromHex(segment));
  const offsets: number[] = [];
  let seq = firstSeq;
  const append = (type: number, kind: number, frameSeq: number, payload: Uint8Array, origin?: FrameOrigin) => {
    const out = new Uint8Array(payload.length + 80);
    offsets.push(bytes.length);
    bytes = concat(bytes, out.subarray(0, writeFrame(out, 0, base, type, kind, frameSeq, payload, origin)));
  };
  for (const frame of frames) {
    const type = frame.type ?? 2;
    const payload = frame.payload ?? text(`record ${seq}`);
    if (type === 2) append(2, frame.kind ?? 23, frame.seq ?? seq++, payload, frame.origin);
    else append(type, 0, 0, payload);
  }
  if (init.isSealed) {
    const out = new Uint8Array(80);
    const seal = {
      frames: 2 + frames.length,
      firstSeq,
      lastSeq: seq - 1,
      bytes: bytes.length,
      crc: crc32(bytes),
      maxStamp: init.maxStamp ?? noStamp,
    };
    offsets.push(bytes.length);
    bytes = concat(bytes, out.subarray(0, writeSeal(out, 0, base, seal)));
  }
  return { bytes, offsets };
}

/** The bytes with one bit turned over. */
export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const at = bit >> 3;
  flipped[at] = (flipped[at] as number) ^ (1 << (bit & 7));
  return flipped;
}
