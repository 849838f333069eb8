/** Mutated segments, and folders of them: a pure function of a seed and a number. */
import { type Draw, drawFrom } from "../draw.js";
import { byteMutations } from "./bytes.js";
import { frameMutations, pick } from "./frames.js";
import { type Pieces, putTogether, type Whole } from "./piece.js";
import type { Family } from "./sources.js";

/** A segment with one to four mutations. */
export interface Mutated {
  readonly bytes: Uint8Array;
  /** Names of the mutations, in order. */
  readonly mutations: readonly string[];
}

/** Files of a folder. */
export interface MutatedFolder {
  readonly files: readonly { readonly name: string; readonly data: Uint8Array }[];
  /** What became of each file. */
  readonly mutations: readonly (readonly string[])[];
}

/** Number `index` of the mutated segments of a seed. */
export function mutatedSegment(families: readonly Family[], seed: number, index: number): Mutated {
  const draw = drawFrom(mixed(seed, index));
  return mutated(draw, pick(draw, pick(draw, families)), pick(draw, pick(draw, families)));
}

/**
 * Number `index` of the folders of a seed: one to six files of one family, mutated for the most part, with copies of one
 * another among them.
 */
export function mutatedFolder(families: readonly Family[], seed: number, index: number): MutatedFolder {
  const draw = drawFrom(mixed(seed, ~index));
  const family = pick(draw, families);
  const made = Array.from({ length: 1 + draw(6) }, (_, i) => {
    const pieces = pick(draw, family);
    const { bytes, mutations } =
      draw(3) === 0 ? { bytes: putTogether(pieces).bytes, mutations: [] } : mutated(draw, pieces, pick(draw, family));
    const stem = draw(3) === 0 ? `${pick(draw, ["a", "Z", "conflicted copy ", "é"])}${i}` : hex(pieces.segment);
    return { name: `${stem}.seg`, data: bytes, mutations };
  });
  const files = new Map(made.map((file) => [file.name, file]));
  return {
    files: [...files.values()].map(({ name, data }) => ({ name, data })),
    mutations: [...files.values()].map(({ mutations }) => mutations),
  };
}

function mutated(draw: Draw, source: Pieces, other: Pieces): Mutated {
  const names = Array.from({ length: 1 + draw(4) }, () => (draw(2) === 0 ? pick(draw, onFrames) : pick(draw, onBytes)));
  let pieces = source;
  const framesFirst = [...names].sort((a, b) => Number(a in byteMutations) - Number(b in byteMutations));
  let whole: Whole | undefined;
  for (const name of framesFirst) {
    const ofFrames = frameMutations[name];
    if (ofFrames && pieces.pieces.length > 0)
      pieces = { ...pieces, pieces: ofFrames(draw, pieces.pieces, pieces, other) };
    const ofBytes = byteMutations[name];
    if (!ofBytes) continue;
    whole ??= putTogether(pieces);
    if (whole.starts.length > 0)
      whole = { ...whole, bytes: new Uint8Array(ofBytes(draw, whole.bytes, whole.starts, putTogether(other).bytes)) };
  }
  return { bytes: (whole ?? putTogether(pieces)).bytes, mutations: framesFirst };
}

const onFrames = Object.keys(frameMutations);
const onBytes = Object.keys(byteMutations);

/** Another start for each number of a seed. */
function mixed(seed: number, index: number): number {
  let state = Math.imul(seed ^ Math.imul(index, 0x9e3779b1), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
