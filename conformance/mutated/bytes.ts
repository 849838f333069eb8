/** Mutations of the bytes of a segment: no checksum is made again. */
import { joined, syncTag, varint } from "../craft.js";
import type { Draw } from "../draw.js";
import { drawn, pick } from "./frames.js";
import { sizeAt, type Whole } from "./piece.js";

/** Changes the bytes of a segment; `other` holds those of another one. */
export type ByteMutation = (draw: Draw, bytes: Uint8Array, starts: Whole["starts"], other: Uint8Array) => Uint8Array;

/** Every mutation of bytes by its name. */
export const byteMutations: Readonly<Record<string, ByteMutation>> = {
  "flip a bit": (draw, bytes) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[draw(copy.length)]! ^= 1 << draw(8);
    return copy;
  },
  "set some bytes": (draw, bytes) => {
    const copy = bytes.slice();
    const at = draw(copy.length + 1);
    return copy.fill(pick(draw, [0, 0xff, 0x80, draw(256)]), at, at + 1 + draw(9));
  },
  "cut the end": (draw, bytes) => bytes.slice(0, draw(bytes.length + 1)),
  "cut inside the last frame": (draw, bytes, starts) => bytes.slice(0, (starts.at(-1) ?? 0) + draw(70)),
  "cut out a range": (draw, bytes) => {
    const at = draw(bytes.length + 1);
    return replaced(bytes, at, at + draw(80), new Uint8Array(0));
  },
  "insert bytes": (draw, bytes) => inserted(draw, bytes, drawn(draw, 1 + draw(20))),
  "repeat a range": (draw, bytes) => {
    const at = draw(bytes.length + 1);
    return inserted(draw, bytes, bytes.slice(at, at + draw(200)));
  },
  "insert a range of another segment": (draw, bytes, _, other) => {
    const at = draw(other.length + 1);
    return inserted(draw, bytes, other.slice(at, at + draw(300)));
  },
  "append another segment": (_, bytes, __, other) => joined(bytes, other),
  "append zeros": (draw, bytes) => joined(bytes, new Uint8Array(1 + draw(600))),
  "append bytes": (draw, bytes) => joined(bytes, drawn(draw, 1 + draw(60))),
  "zero a range": (draw, bytes) => {
    const at = draw(bytes.length + 1);
    return bytes.slice().fill(0, at, at + draw(600));
  },
  "insert sync tags": (draw, bytes) => {
    const tags = Array.from({ length: 1 + draw(6) }, () => joined(pick(draw, sizes), syncTag));
    return inserted(draw, bytes, joined(...tags));
  },
  "change a size": (draw, bytes, starts) => {
    const at = pick(draw, starts);
    const [size, width] = sizeAt(bytes, at);
    const near = [size - 1, size + 1, bytes.length - at - width, bytes.length - at].filter((value) => value >= 0);
    const other = draw(2) === 0 ? pick(draw, sizes) : varint(pick(draw, near));
    return replaced(bytes, at, at + width, draw(4) === 0 ? overLong(size) : other);
  },
  "put CR LF for LF": (_, bytes) => {
    const text = Buffer.from(bytes).toString("latin1");
    return new Uint8Array(Buffer.from(text.replaceAll("\n", "\r\n"), "latin1"));
  },
};

/** Sizes that a reader has to refuse, or that lie at a limit (SEG-001). */
const sizes = [
  0,
  1,
  0x7f,
  0x80,
  0x3fff,
  0x4000,
  2 ** 20 - 1,
  2 ** 20,
  2 ** 20 + 1,
  2 ** 21,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 35,
]
  .map(varint)
  .concat([Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80), overLong(100)]);

/** The varint of a size with a byte too many. */
function overLong(size: number): Uint8Array {
  const minimal = varint(size);
  const last = minimal.length - 1;
  return joined(minimal.subarray(0, last), Uint8Array.of(minimal[last]! | 0x80, 0));
}

function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, from), by, bytes.subarray(to));
}

function inserted(draw: Draw, bytes: Uint8Array, more: Uint8Array): Uint8Array {
  const at = draw(bytes.length + 1);
  return replaced(bytes, at, at, more);
}
