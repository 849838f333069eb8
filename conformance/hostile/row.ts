/** What the rows of fixtures/hostile are made of. */
import type { FindingType } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import {
  type Crafted,
  craft,
  fieldsOf,
  flipped,
  joined,
  note,
  type Place,
  sized,
  withNotes,
  withRecord,
} from "../craft.js";

/** A finding of a case; the type by its short name. */
export interface ExpectedFinding extends Place {
  type: keyof typeof FindingType;
}

/** One file. */
export interface HostileRow {
  /** Name without ".seg". */
  file: string;
  /** The promise. */
  name: string;
  proves: string[];
  bytes: Uint8Array;
  findings: ExpectedFinding[];
}

/** Findings of sound records. */
export const records = (...places: Place[]): ExpectedFinding[] => places.map((place) => ({ type: "RECORD", ...place }));
/** Finding over a range of bytes. */
export const range = (type: keyof typeof FindingType, from: number, to: number): ExpectedFinding => ({
  type,
  offset: from,
  length: to - from,
});

/** Three notes, the middle one replaced by `middle`; the third keeps sequence number 3. */
export function around(
  file: string,
  name: string,
  proves: string[],
  middle: (before: Crafted) => Uint8Array,
  expected: "CORRUPT_RANGE" | "SKIPPED_FRAME" = "CORRUPT_RANGE",
): HostileRow {
  const before = withNotes(craft(file), 1);
  const inside = middle(before);
  const after = withRecord({ ...before, bytes: joined(before.bytes, inside) }, note(3), 3);
  return {
    file,
    name,
    proves,
    bytes: after.bytes,
    findings: [
      ...records(...before.records),
      range(expected, before.bytes.length, before.bytes.length + inside.length),
      ...records(...after.records.slice(1)),
    ],
  };
}

/** Three notes with one bit of the second frame flipped, `at` bytes behind its start. */
export function flippedInside(name: string, at: number, mask = 0x01): Pick<HostileRow, "bytes" | "findings"> {
  const whole = withNotes(craft(name), 1, 2, 3);
  const [first, second, third] = whole.records as [Required<Place>, Required<Place>, Required<Place>];
  return {
    bytes: flipped(whole.bytes, second.offset + (at < 0 ? second.length + at : at), mask),
    findings: [...records(first), range("CORRUPT_RANGE", second.offset, third.offset), ...records(third)],
  };
}

/** A record frame with the number 2 whose fields were changed by hand. */
export function recordFields(before: Crafted, change: (fields: Uint8Array[]) => Uint8Array[]): Uint8Array {
  return sized(...change(fieldsOf({ segment: before.segment, type: 2, seq: 2, ...note(2) })));
}
