/** Mutations of the pieces of a segment. Checksums are made again, so that what lies behind them is reached. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { HeaderSchema } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import { type FrameParts, fixed32, fixed64, frame, idOf, joined, sized, syncTag, varint } from "../craft.js";
import type { Draw } from "../draw.js";
import type { FramePiece, Piece, Pieces, SealValues } from "./piece.js";

/** Changes a segment in pieces; `other` is one to take pieces from. */
export type FrameMutation = (draw: Draw, pieces: readonly Piece[], whole: Pieces, other: Pieces) => readonly Piece[];

/** One of a list. */
export function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T;
}

/** Drawn bytes. */
export function drawn(draw: Draw, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => draw(256));
}

/** Every mutation of pieces by its name. */
export const frameMutations: Readonly<Record<string, FrameMutation>> = {
  "delete a piece": (draw, pieces) => without(pieces, draw(pieces.length)),
  "repeat a piece": (draw, pieces) => inserted(pieces, draw(pieces.length + 1), pick(draw, pieces)),
  "move a piece": (draw, pieces) => {
    const from = draw(pieces.length);
    return inserted(without(pieces, from), draw(pieces.length), pieces[from]!);
  },
  "swap two pieces": (draw, pieces) => {
    const [a, b] = [draw(pieces.length), draw(pieces.length)];
    return pieces.map((piece, i) => (i === a ? pieces[b]! : i === b ? pieces[a]! : piece));
  },
  "take a piece of another segment as it is": (draw, pieces, _, other) =>
    inserted(pieces, draw(pieces.length + 1), pick(draw, other.pieces)),
  "take a piece of another segment as one's own": (draw, pieces, whole, other) => {
    const piece = pick(draw, other.pieces);
    const own = piece.is === "frame" ? { ...piece, parts: { ...piece.parts, segment: whole.segment } } : piece;
    return inserted(pieces, draw(pieces.length + 1), own);
  },
  "insert a frame of any type": (draw, pieces, whole) =>
    inserted(pieces, draw(pieces.length + 1), {
      is: "frame",
      parts: { segment: whole.segment, type: pick(draw, types), payload: drawn(draw, draw(12)) },
    }),
  "insert a seal": (draw, pieces) => inserted(pieces, draw(pieces.length + 1), { is: "seal" }),
  "seal with one value that is wrong by one": (draw, pieces) => {
    const wrong = wrongSeal(draw);
    const at = pieces.findIndex(({ is }) => is === "seal");
    const seal: Piece = { is: "seal", wrong };
    return at < 0 ? [...pieces, seal] : pieces.map((piece, i) => (i === at ? seal : piece));
  },
  "change a sequence number": changed((draw, parts) => {
    const seq = BigInt(parts.seq ?? 0n);
    const near = seq + BigInt(draw(7)) - 3n;
    const value = pick(draw, [near, seq + 1n + BigInt(draw(60_000)), ...bigSeqs]);
    return { ...parts, seq: value < 0n ? 0n : BigInt.asUintN(64, value) };
  }),
  "change a kind": changed((draw, parts) => ({ ...parts, kind: pick(draw, [0, 1, 17, 4000, 2 ** 32 - 1, 2 ** 32]) })),
  "leave out kind or sequence number": changed((draw, { kind, seq, ...parts }) =>
    pick(draw, [
      parts,
      { ...parts, ...(kind === undefined ? {} : { kind }) },
      { ...parts, ...(seq === undefined ? {} : { seq }) },
    ]),
  ),
  "change a type": changed((draw, parts) => ({ ...parts, type: pick(draw, types) })),
  "change an origin": changed((draw, { origin, ...parts }) =>
    draw(4) === 0
      ? parts
      : {
          ...parts,
          origin: {
            writer: pick(draw, [idOf("drawn"), origin?.writer ?? idOf("drawn"), drawn(draw, 15), drawn(draw, 17)]),
            seq: pick(draw, [0n, 1n, 2n, BigInt(draw(9)), ...bigSeqs]),
          },
        },
  ),
  "change a payload": changed((draw, parts, whole) => ({ ...parts, payload: payload(draw, parts, whole) })),
  "add newer fields": changed((draw, parts) => ({
    ...parts,
    newer: joined(...Array.from({ length: 1 + draw(3) }, () => newerField(draw))),
  })),
  "change the encoding of a frame": (draw, pieces) => {
    const change = encoding(draw);
    return onFrame(draw, pieces, (piece) => ({ ...piece, change }));
  },
  "change a checksum": (draw, pieces) => {
    const mask = pick(draw, [1, 0x80000000, draw(65_536), 0xffffffff]);
    return onFrame(draw, pieces, (piece) => ({
      ...piece,
      change: (fields) =>
        fields.map((field) =>
          field[0] === 0x35 ? joined(field.subarray(0, 1), fixed32(Buffer.from(field).readUInt32LE(1) ^ mask)) : field,
        ),
    }));
  },
  "change the header": (draw, pieces) => onHeader(pieces, header(draw)),
  "make the format another one": (draw, pieces) => {
    const formatMajor = pick(draw, [0, 2, 2 ** 32 - 1]);
    return onHeader(pieces, (bytes) => remade(bytes, { formatMajor }));
  },
};

const types = [0, 1, 2, 3, 4, 127, 128, 130, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32];
const bigSeqs = [0n, 2n ** 32n, 2n ** 53n - 2n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

function without(pieces: readonly Piece[], at: number): readonly Piece[] {
  return pieces.filter((_, i) => i !== at);
}

function inserted(pieces: readonly Piece[], at: number, piece: Piece): readonly Piece[] {
  return [...pieces.slice(0, at), piece, ...pieces.slice(at)];
}

/** Changes one frame; a segment without any stays as it is. */
function onFrame(draw: Draw, pieces: readonly Piece[], change: (piece: FramePiece) => FramePiece): readonly Piece[] {
  const places = pieces.flatMap(({ is }, i) => (is === "frame" ? [i] : []));
  const at = places.length === 0 ? -1 : pick(draw, places);
  return pieces.map((piece, i) => (i === at && piece.is === "frame" ? change(piece) : piece));
}

/** Changes the payload of every header. */
function onHeader(pieces: readonly Piece[], change: (payload: Uint8Array) => Uint8Array): readonly Piece[] {
  return pieces.map((piece) =>
    piece.is === "frame" && piece.parts.type === 1
      ? { ...piece, parts: { ...piece.parts, payload: change(piece.parts.payload) } }
      : piece,
  );
}

function changed(change: (draw: Draw, parts: FrameParts, whole: Pieces) => FrameParts): FrameMutation {
  return (draw, pieces, whole) =>
    onFrame(draw, pieces, (piece) => ({ ...piece, parts: change(draw, piece.parts, whole) }));
}

function wrongSeal(draw: Draw): (seal: SealValues) => void {
  const delta = draw(2) === 0 ? 1 : -1;
  return pick<(seal: SealValues) => void>(draw, [
    (seal) => (seal.frames = (seal.frames + delta) >>> 0),
    (seal) => (seal.firstSeq = BigInt.asUintN(64, seal.firstSeq + BigInt(delta))),
    (seal) => (seal.lastSeq = BigInt.asUintN(64, seal.lastSeq + BigInt(delta))),
    (seal) => (seal.bytes = BigInt.asUintN(64, seal.bytes + BigInt(delta))),
    (seal) => (seal.crc = (seal.crc + delta) >>> 0),
    (seal) => (seal.maxStamp = 2n ** 64n - 1n),
    (seal) => (seal.bytes += 2n ** 53n),
  ]);
}

/** Payloads at the widths of varints, with what looks like frames inside, damaged, or of any bytes. */
function payload(draw: Draw, parts: FrameParts, whole: Pieces): Uint8Array {
  const own = (): Uint8Array => frame({ ...parts, segment: draw(2) === 0 ? whole.segment : idOf("drawn") });
  const cut = parts.payload.slice(0, draw(parts.payload.length + 1));
  switch (draw(7)) {
    case 0:
      return cut;
    case 1:
      return drawn(draw, draw(40));
    case 2:
      return joined(cut, own(), drawn(draw, draw(3)));
    case 3:
      return joined(...Array.from({ length: 1 + draw(4) }, () => joined(varint(1 + draw(40_000)), syncTag)));
    case 4:
      return joined(parts.payload, newerField(draw));
    case 5:
      return new Uint8Array(pick(draw, [99, 100, 101, 127, 128, 16_350, 16_384])).fill(pick(draw, [0, 0xa7, 0x0d]));
    default:
      return joined(parts.payload, parts.payload);
  }
}

/** A field that this version does not know, allowed or not: SEG-003. */
function newerField(draw: Draw): Uint8Array {
  const tag = pick(draw, [8, 9, 14, 15, 16, 1000, 2 ** 29 - 1, draw(30)]) * 8;
  const text = drawn(draw, draw(5));
  return pick(draw, [
    joined(varint(tag), varint(pick(draw, [0n, 300n, 2n ** 64n - 1n]))),
    joined(varint(tag), Uint8Array.of(0x80, 0x00)),
    joined(varint(tag + 1), fixed64(draw(9))),
    joined(varint(tag + 2), varint(text.length), text),
    joined(varint(tag + 2), varint(2 ** 32 - 1), text),
    joined(varint(tag + 3), varint(tag + 4)),
    joined(varint(tag + 5), fixed32(draw(9))),
    joined(varint(tag + 6 + draw(2)), fixed32(draw(9))),
  ]);
}

/** Another encoding of the fields of a frame: out of order, twice, missing, long. */
function encoding(draw: Draw): (fields: Uint8Array[]) => Uint8Array[] {
  const [a, b, form] = [draw(8), draw(8), draw(6)];
  const extra = newerField(draw);
  return (fields) => {
    const [at, to] = [a % fields.length, b % fields.length];
    const field = fields[at]!;
    switch (form) {
      case 0:
        return fields.map((each, i) => (i === at ? fields[to]! : i === to ? field : each));
      case 1:
        return fields.toSpliced(to, 0, field);
      case 2:
        return fields.toSpliced(at, 1);
      case 3:
        return fields.toSpliced(at, 1, joined(field.subarray(0, 1), long(field.subarray(1))));
      case 4:
        return fields.toSpliced(at, 1, joined(long(field.subarray(0, 1)), field.subarray(1)));
      default:
        return fields.toSpliced(at, 0, extra);
    }
  };
}

/** The first varint of some bytes, with a byte too many. */
function long(bytes: Uint8Array): Uint8Array {
  const end = bytes.findIndex((byte) => byte < 0x80);
  if (end < 0) return bytes;
  return joined(bytes.subarray(0, end), Uint8Array.of(bytes[end]! | 0x80, 0), bytes.subarray(end + 1));
}

/** Another payload of the header: other values, fields missing, twice, of another wire type, or more than fits. */
function header(draw: Draw): (payload: Uint8Array) => Uint8Array {
  const number = 1 + draw(13);
  const tail = newerField(draw);
  const values = pick<MessageInitShape<typeof HeaderSchema>>(draw, [
    { formatMinor: pick(draw, [0, 1, 7, 2 ** 32 - 1]) },
    { segmentId: drawn(draw, pick(draw, [0, 15, 16, 17])) },
    { writerId: drawn(draw, pick(draw, [0, 15, 16, 17])) },
    { firstSeq: pick(draw, [1n, 2n, 3n, ...bigSeqs]) },
    { createdAt: pick(draw, [0n, -1n, 2n ** 63n - 1n]) },
    { keyId: drawn(draw, draw(12)) },
    { writerName: pick(draw, ["", "x".repeat(draw(300)), "a\u0000\u202e", "\u{1f600}"]) },
    {
      replaces: Array.from({ length: draw(4) }, () => ({
        segmentId: pick(draw, replaced),
        bytes: pick(draw, lengths),
      })),
    },
    { dropped: [{ reason: draw(9), count: pick(draw, [0n, 1n, 2n ** 53n, 2n ** 64n - 1n]) }] },
  ]);
  switch (draw(6)) {
    case 0:
      return (bytes) => bytes.filter((_, i) => i !== number);
    case 1:
      return (bytes) => joined(bytes, tail);
    case 2:
      return (bytes) => joined(bytes, bytes);
    case 3:
      return (bytes) => joined(bytes, sized(new Uint8Array(draw(3))), Uint8Array.of(0x3a, 2, 0xc3, 0x28));
    default:
      return (bytes) => remade(bytes, values);
  }
}

function remade(bytes: Uint8Array, values: MessageInitShape<typeof HeaderSchema>): Uint8Array {
  try {
    const { $typeName, $unknown, ...known } = fromBinary(HeaderSchema, bytes);
    return toBinary(HeaderSchema, create(HeaderSchema, { ...known, ...values } as typeof values));
  } catch {
    return bytes;
  }
}

const replaced = [
  idOf("segment part 1"),
  idOf("segment part 2"),
  idOf("segment both"),
  idOf("gone"),
  new Uint8Array(15),
];
const lengths = [0n, 1n, 300n, 427n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n];
