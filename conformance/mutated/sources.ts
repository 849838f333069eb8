/** The segments that mutations start from: what fixtures/golden holds, and crafted ones beside it. */
import { readdirSync, readFileSync } from "node:fs";
import { DropReason } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import {
  type Crafted,
  type CraftedRecord,
  craft,
  fixed64,
  frame,
  idOf,
  joined,
  note,
  sealed,
  syncTag,
  varint,
  withNotes,
  withRecord,
} from "../craft.js";
import { type Pieces, piecesOf } from "./piece.js";

/** Segments that belong into one folder: parts, and what replaces them. */
export type Family = readonly Pieces[];

const goldenFolder = "fixtures/golden";
/** Above this size a mutation seldom meets what makes a scan different. */
const maxSourceBytes = 4096;

/** All families, the same in every run. */
export function families(): Family[] {
  return sourceFiles().map((family) => family.map(piecesOf));
}

/** Their files. */
export function sourceFiles(): Uint8Array[][] {
  const golden = ["ts", "rust"].map((language) =>
    readdirSync(goldenFolder).filter((name) => name.startsWith(language)),
  );
  const others = ["newer-frames.seg"];
  const files = [...golden, others].map((names) =>
    names
      .sort()
      .map((name) => new Uint8Array(readFileSync(`${goldenFolder}/${name}`)))
      .filter(({ length }) => length <= maxSourceBytes),
  );
  return [...files, rolled(), compaction(), odd()];
}

/** A writer that rolled: sealed, then open; the first one tells of dropped records. */
function rolled(): Uint8Array[] {
  const dropped = [
    { reason: DropReason.GUARD, count: 3n },
    { reason: DropReason.NO_SPACE, count: 2n ** 40n },
  ];
  const first = withNotes(craft("mutated 1", { dropped, keyId: idOf("key").slice(0, 8) }), 1, 2, 3);
  const second = withNotes(craft("mutated 2", { writerId: first.writer, firstSeq: 4n }), 4, 5);
  const late = withNotes(craft("mutated late", { firstSeq: 2n ** 53n - 3n }), 6, 7, 8);
  return [sealed(first), second.bytes, sealed(late), withNotes(craft("mutated 4"), 1).bytes, craft("mutated 5").bytes];
}

/** Two segments, one that replaces both, one that replaces that, and one that was not finished. */
function compaction(): Uint8Array[] {
  const [first, second] = [withNotes(craft("part 1"), 1, 2, 3), withNotes(craft("part 2"), 4, 5)];
  const whole = (crafted: Crafted): { segmentId: Uint8Array; bytes: bigint } => ({
    segmentId: crafted.segment,
    bytes: BigInt(sealed(crafted).length),
  });
  const from = (crafted: Crafted, number: number, seq: number): CraftedRecord => ({
    ...note(number),
    origin: { writer: crafted.writer, seq },
  });
  const taken = [from(first, 1, 1), from(first, 2, 2), from(second, 5, 2)];
  const both = taken.reduce<Crafted>(
    (sofar, record) => withRecord(sofar, record),
    craft("both", { replaces: [whole(first), { segmentId: second.segment, bytes: 400n }] }),
  );
  const again = taken
    .slice(1)
    .reduce<Crafted>(
      (sofar, record) => withRecord(sofar, record),
      craft("again", { replaces: [whole(both), whole(first)] }),
    );
  const unfinished = withRecord(craft("unfinished", { replaces: [whole(second)] }), from(second, 4, 1));
  return [sealed(first), sealed(second), sealed(both), sealed(again), unfinished.bytes];
}

/** Frames and payloads that are allowed, and that no writer of today makes. */
function odd(): Uint8Array[] {
  const skipped = (crafted: Crafted, type: number, payload: Uint8Array): Crafted => ({
    ...crafted,
    bytes: joined(crafted.bytes, frame({ segment: crafted.segment, type, payload })),
    frames: crafted.frames + 1,
  });
  const newer = joined(Uint8Array.of(0x40, 1), Uint8Array.of(0x49), fixed64(2), Uint8Array.of(0x82, 0x01, 1, 0));
  const kinds = withRecord(withNotes(craft("odd kinds", { formatMinor: 9 }), 1), {
    kind: 4000,
    payload: syncTag,
    newer,
  });
  const inner = sealed(withNotes(craft("inner"), 1, 2));
  const nested = withRecord(withNotes(craft("odd nested"), 1), {
    kind: 4001,
    payload: joined(Uint8Array.of(0x82, 0xfa, 0x01), varint(inner.length), inner),
  });
  const widths = [0, 106, 107, 16_340].reduce(
    (sofar, length) => withRecord(sofar, { kind: 2 ** 32 - 1, payload: new Uint8Array(length).fill(0xa7) }),
    craft("odd widths"),
  );
  return [
    sealed(withNotes(skipped(skipped(kinds, 130, new Uint8Array(0)), 2 ** 31 - 1, syncTag), 2)),
    withNotes(nested, 2).bytes,
    sealed({ ...widths, lastSeq: widths.lastSeq }),
  ];
}
