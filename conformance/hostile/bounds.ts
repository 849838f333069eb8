/** Rows of fixtures/hostile: frames inside payloads, and damage that would cost a reader work. */
import {
  type Crafted,
  craft,
  flipped,
  joined,
  type Place,
  sealed,
  syncTag,
  varint,
  withNotes,
  withRecord,
} from "../craft.js";
import { type HostileRow, range, records } from "./row.js";

/** Frames inside payloads, and the bound of the search. */
export function bounds(): HostileRow[] {
  const nest = (crafted: Crafted, inner: Uint8Array): Crafted =>
    withRecord(crafted, { kind: 4000, payload: joined(Uint8Array.of(0x82, 0xfa, 0x01), varint(inner.length), inner) });
  const inner = sealed(withNotes(craft("inner"), 1, 2, 3));
  const nested = withNotes(nest(withNotes(craft("nested"), 1), inner), 3);
  const [first, second, third] = nested.records as [Required<Place>, Required<Place>, Required<Place>];
  return [
    {
      file: "nested",
      name: "a segment inside a payload is payload",
      proves: ["SEG-007", "SEG-008"],
      bytes: nested.bytes,
      findings: records(first, second, third),
    },
    {
      file: "nested-damaged",
      name: "frames of another segment inside a damaged payload are not taken",
      proves: ["SEG-010", "SEG-024"],
      bytes: flipped(nested.bytes, second.offset + second.length - 1),
      findings: [...records(first), range("CORRUPT_RANGE", second.offset, third.offset), ...records(third)],
    },
    manyTags("many-tags", "damage with fewer candidates than the bound costs nothing behind it", 400, true),
    manyTags("too-many-tags", "damage with more candidates than the bound ends the search", 600, false),
  ];
}

/** One sound note, then `tags` sync tags that each announce a frame of 131,071 bytes, then another sound note. */
function manyTags(file: string, name: string, tags: number, found: boolean): HostileRow {
  const announced = 131_071;
  const before = withNotes(craft(file), 1);
  const candidate = joined(varint(announced), syncTag);
  const bad = new Uint8Array(tags * candidate.length + announced);
  for (let i = 0; i < tags; i++) bad.set(candidate, i * candidate.length);
  const after = withNotes({ ...before, bytes: joined(before.bytes, bad) }, 3);
  const start = before.bytes.length;
  return {
    file,
    name,
    proves: ["SEG-025"],
    bytes: after.bytes,
    findings: [
      ...records(...before.records),
      ...(found
        ? [range("CORRUPT_RANGE", start, start + bad.length), ...records(...after.records.slice(1))]
        : [range("OPEN_TAIL", start, after.bytes.length)]),
    ],
  };
}
