/** Files that ask a reader for more memory than they are long: sizes that lie, and many small things in a row. */
import { create, toBinary } from "@bufbuild/protobuf";
import { HeaderSchema } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import {
  type Crafted,
  craft,
  fieldsOf,
  fixed64,
  frame,
  joined,
  note,
  sized,
  syncTag,
  varint,
  withNotes,
} from "../craft.js";

/** A file and what it is. */
export interface GreedyFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Sizes that no file has. */
const claims = [2 ** 20, 2 ** 20 + 1, 2 ** 21, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 35, 2 ** 53, 2n ** 63n, 2n ** 64n - 1n];

/** Files of some hundred bytes in which something says that it is longer than the file (SEG-001, SEG-028). */
export function lyingFiles(): GreedyFile[] {
  return claims.flatMap((claim) => {
    const size = varint(claim);
    const before = withNotes(craft(`claims ${claim}`), 1);
    const { segment } = before;
    const ends = (name: string, ...tail: Uint8Array[]): GreedyFile => ({
      name: `${name} of ${claim} bytes`,
      bytes: joined(before.bytes, ...tail),
    });
    const header = (name: string, payload: Uint8Array): GreedyFile => ({
      name: `${name} of ${claim} bytes`,
      bytes: joined(before.bytes.subarray(0, 10), frame({ segment, type: 1, payload })),
    });
    const fields = fieldsOf({ segment, type: 2, seq: 2, ...note(2) });
    const known = headerBytes(before);
    return [
      ends("a frame", size),
      ends("a frame with a marker", size, syncTag, new Uint8Array(40)),
      ends("a frame before a sound one", size, syncTag, frame({ segment, type: 2, seq: 2, ...note(2) })),
      ends("a payload", sized(...fields.slice(0, -1), Uint8Array.of(0x3a), size)),
      ends("an origin", sized(...fields.slice(0, 4), Uint8Array.of(0x2a), size, ...fields.slice(4))),
      ends("a newer field", sized(...fields, Uint8Array.of(0x42), size)),
      { name: `a header of ${claim} bytes`, bytes: joined(before.bytes.subarray(0, 10), size, syncTag) },
      ...[3, 4, 7, 11, 12, 100].map((field) =>
        header(`a field ${field} of the header`, joined(known, varint(field * 8 + 2), size)),
      ),
    ];
  });
}

/** Files of about `bytes` bytes that hold as many things as fit. */
export function crowdedFiles(bytes: number): GreedyFile[] {
  const start = craft("crowded");
  const { segment } = start;
  const skipped = frame({ segment, type: 128, payload: new Uint8Array(0) });
  const record = (seq: number): Uint8Array => frame({ segment, type: 2, kind: 4000, seq, payload: new Uint8Array(0) });
  const taken = (seq: number): Uint8Array => {
    const origin = { writer: joined(fixed64(seq), fixed64(seq)), seq: 1 };
    return frame({ segment, type: 2, kind: 4000, seq, payload: new Uint8Array(0), origin });
  };
  const filled = (name: string, each: (i: number) => Uint8Array): GreedyFile => ({
    name,
    bytes: joined(start.bytes, repeated(each, bytes)),
  });
  const opening = (name: string, each: Uint8Array): GreedyFile => {
    const payload = joined(
      headerBytes(start),
      repeated(() => each, Math.min(bytes, maxHeaderBytes)),
    );
    return { name, bytes: joined(start.bytes.subarray(0, 10), frame({ segment, type: 1, payload })) };
  };
  const replaced = joined(Uint8Array.of(0x0a, 16), new Uint8Array(16), Uint8Array.of(0x10, 1));
  return [
    filled("skipped frames", () => skipped),
    filled("skipped frames between bad bytes", () => joined(Uint8Array.of(0xff), skipped)),
    filled("records", (i) => record(i + 1)),
    filled("records of as many writers", (i) => taken(i + 1)),
    filled("sync tags", () => syncTag),
    filled("candidates", () => joined(varint(100), syncTag)),
    filled("zeros", () => new Uint8Array(4096)),
    opening("a header that replaces as many segments", joined(Uint8Array.of(0x5a), sized(replaced))),
    opening("a header of dropped counts", Uint8Array.of(0x62, 0)),
    opening("a header of unknown fields", Uint8Array.of(0xa0, 0x06, 1)),
  ];
}

/** What stays of the largest frame for fields that repeat. */
const maxHeaderBytes = 2 ** 20 - 400;

function repeated(each: (i: number) => Uint8Array, bytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let length = 0; length < bytes; length += parts.at(-1)!.length) parts.push(each(parts.length));
  return Buffer.concat(parts);
}

/** The payload of a header with nothing but what it needs. */
function headerBytes({ segment, writer }: Crafted): Uint8Array {
  const header = create(HeaderSchema, { formatMajor: 1, segmentId: segment, writerId: writer, firstSeq: 1n });
  return toBinary(HeaderSchema, header);
}
