/** Rows of fixtures/hostile: frames out of sequence, encoded wrongly, or of other types. */
import {
  type Crafted,
  craft,
  fixed32,
  fixed64,
  frame,
  idOf,
  joined,
  magic,
  note,
  syncTag,
  varint,
  withNotes,
  withRecord,
} from "../craft.js";
import { around, type HostileRow, range, recordFields, records } from "./row.js";

/** Frames out of their sequence. */
export function sequences(): HostileRow[] {
  const twice = (before: Crafted): Uint8Array => frame({ segment: before.segment, type: 2, seq: 1, ...note(9) });
  const gap = withRecord(withNotes(craft("gap"), 1), note(5), 5);
  const low = withRecord(craft("below-first-seq", { firstSeq: 5n }), note(1), 4);
  const end = craft("duplicate-at-end");
  const repeated = withRecord(withNotes(end, 1, 2), note(2), 2);
  return [
    around("duplicate-seq", "a record that repeats a sequence number is corrupt", ["SEG-014", "SEG-022"], twice),
    {
      file: "duplicate-seq-at-end",
      name: "a record at the end that repeats a sequence number is an open tail",
      proves: ["SEG-022", "SEG-023"],
      bytes: repeated.bytes,
      findings: [
        ...records(...repeated.records.slice(0, 2)),
        range("OPEN_TAIL", repeated.records[2]?.offset ?? 0, repeated.bytes.length),
      ],
    },
    {
      file: "below-first-seq",
      name: "a record below the first sequence number is not taken",
      proves: ["SEG-014", "SEG-022"],
      bytes: low.bytes,
      findings: [range("OPEN_TAIL", low.records[0]?.offset ?? 0, low.bytes.length)],
    },
    {
      file: "gap-in-seq",
      name: "a gap in the sequence numbers is taken as it stands",
      proves: ["SEG-022"],
      bytes: gap.bytes,
      findings: records(...gap.records),
    },
    around("second-header", "a second header is corrupt", ["SEG-023"], ({ bytes }) =>
      bytes.slice(magic.length, craft("second-header").bytes.length),
    ),
    around("foreign-frame", "a frame that was copied from another segment does not prove", ["SEG-010", "SEG-011"], () =>
      frame({ segment: idOf("segment elsewhere"), type: 2, seq: 2, ...note(2) }),
    ),
  ];
}

/** Frames that are encoded otherwise, or of other types. */
export function encodings(): HostileRow[] {
  const fails = (
    file: string,
    name: string,
    proves: string[],
    change: (fields: Uint8Array[], before: Crafted) => Uint8Array[],
  ): HostileRow =>
    around(file, `a frame ${name} does not prove`, proves, (before) =>
      recordFields(before, (fields) => change(fields, before)),
    );
  const proven = (file: string, name: string, proves: string[], newer: Uint8Array): HostileRow => {
    const whole = withNotes(withRecord(withNotes(craft(file), 1), { ...note(2), newer }), 3);
    return { file, name, proves, bytes: whole.bytes, findings: records(...whole.records) };
  };
  const typed =
    (type: number): ((before: Crafted) => Uint8Array) =>
    ({ segment }) =>
      frame({ segment, type, payload: new TextEncoder().encode("newer") });
  const record =
    (change: object): ((before: Crafted) => Uint8Array) =>
    ({ segment }) =>
      frame({ segment, type: 2, seq: 2, ...note(2), ...change });
  const origin = { writer: idOf("writer origin"), seq: 7 };
  const size = (bytes: Uint8Array): number => bytes[0] ?? 0;
  const empty = withRecord(withNotes(craft("empty-payload"), 1), { kind: 19, payload: new Uint8Array() });
  const emptyWhole = withNotes(empty, 3);
  const replacing = (index: number, by: Uint8Array) => (fields: Uint8Array[]) =>
    fields.map((field, i) => (i === index ? by : field));
  return [
    fails("no-crc", "without a checksum", ["SEG-003"], (fields) => fields.filter((_, i) => i !== 4)),
    fails("no-payload", "without a payload", ["SEG-003"], (fields) => fields.slice(0, -1)),
    fails("swapped-fields", "whose fields stand in another order", ["SEG-003"], ([sync, type, kind, seq, ...rest]) => [
      sync!,
      type!,
      seq!,
      kind!,
      ...rest,
    ]),
    fails("double-field", "with a field twice", ["SEG-003"], ([sync, type, kind, ...rest]) => [
      sync!,
      type!,
      kind!,
      kind!,
      ...rest,
    ]),
    fails(
      "long-integer",
      "with an integer that is not minimal",
      ["SEG-003"],
      replacing(2, Uint8Array.of(0x18, 0x93, 0x00)),
    ),
    fails("long-tag", "with a tag that is not minimal", ["SEG-003"], replacing(2, Uint8Array.of(0x98, 0x00, 0x13))),
    fails("magic-field", "with the magic field", ["SEG-003"], (fields) => [
      ...fields,
      joined(Uint8Array.of(0x79), magic.slice(2)),
    ]),
    fails("falling-fields", "whose newer fields fall in number", ["SEG-003"], (fields) => [
      ...fields,
      Uint8Array.of(0x48, 1),
      Uint8Array.of(0x40, 1),
    ]),
    fails("group-field", "with a group", ["SEG-003"], (fields) => [...fields, Uint8Array.of(0x43, 0x44)]),
    fails("torn-field", "that ends inside a field", ["SEG-003"], (fields) => [...fields, Uint8Array.of(0x42, 5, 1)]),
    proven(
      "newer-fields",
      "newer fields of a frame, twice too, are skipped",
      ["SEG-003"],
      joined(
        Uint8Array.of(0x40, 1, 0x40, 2),
        Uint8Array.of(0x49),
        fixed64(1),
        Uint8Array.of(0x55),
        fixed32(1),
        Uint8Array.of(0x82, 0x01, 1, 0),
      ),
    ),
    {
      file: "empty-payload",
      name: "an empty payload is a record",
      proves: ["SEG-003"],
      bytes: emptyWhole.bytes,
      findings: records(...emptyWhole.records),
    },
    around("no-kind", "a record without a kind does not prove", ["SEG-005"], ({ segment }) =>
      frame({ segment, type: 2, seq: 2, payload: note(2).payload }),
    ),
    around("kind-zero", "a record of kind 0 does not prove", ["SEG-005"], record({ kind: 0 })),
    around("seq-zero", "a record with sequence number 0 does not prove", ["SEG-005"], record({ seq: 0 })),
    around("seq-too-large", "a sequence number above 2^53 - 1 does not prove", ["SEG-005"], record({ seq: 2n ** 53n })),
    around(
      "short-origin",
      "an origin with a writer of 15 bytes does not prove",
      ["SEG-003", "SEG-005"],
      record({ origin: { ...origin, writer: origin.writer.slice(0, 15) } }),
    ),
    around(
      "origin-seq-zero",
      "an origin with sequence number 0 does not prove",
      ["SEG-005"],
      record({ origin: { ...origin, seq: 0 } }),
    ),
    around("kind-on-skipped", "a kind on a frame that is no record does not prove", ["SEG-005"], ({ segment }) =>
      frame({ segment, type: 200, kind: 19, payload: new Uint8Array() }),
    ),
    around("reserved-type", "a frame of a reserved type does not prove", ["SEG-006"], typed(4)),
    around("type-127", "type 127 is reserved", ["SEG-006"], typed(127)),
    around("type-zero", "a frame of type 0 does not prove", ["SEG-006"], typed(0)),
    around("type-128", "a sound frame of type 128 is skipped", ["SEG-006"], typed(128), "SKIPPED_FRAME"),
    around("type-too-large", "a type of 2^31 does not prove", ["SEG-003"], typed(2 ** 31)),
    around("long-size-varint", "a size that is not a minimal varint is no size", ["SEG-001"], (before) => {
      const bytes = recordFields(before, (fields) => fields);
      return joined(Uint8Array.of(size(bytes) | 0x80, 0x00), bytes.slice(1));
    }),
    around(
      "size-over-cap",
      "a size above 1,048,576 is no size, and the next frame is found",
      ["SEG-001", "SEG-028"],
      (before) => {
        const bytes = recordFields(before, (fields) => fields);
        return joined(varint(1_048_577), bytes.slice(1));
      },
    ),
    around("size-of-2-to-35", "a size of 2^35 is not cut to 0", ["SEG-001", "SEG-028"], () => varint(2n ** 35n)),
    {
      file: "size-past-end",
      name: "a size past the end is an open tail where nothing follows",
      proves: ["SEG-001", "SEG-023", "SEG-028"],
      ...(() => {
        const before = withNotes(craft("size-past-end"), 1);
        const tail = joined(varint(1_048_576), syncTag, new Uint8Array(20).fill(0xff));
        return {
          bytes: joined(before.bytes, tail),
          findings: [
            ...records(...before.records),
            range("OPEN_TAIL", before.bytes.length, before.bytes.length + tail.length),
          ],
        };
      })(),
    },
  ];
}
