/** What fixtures/golden holds: segments that must stay readable for ever. */
import { create, toBinary } from "@bufbuild/protobuf";
import { RecordSchema } from "../ts/src/gen/baton/state/v1/record_pb.js";
import {
  type Crafted,
  type CraftedRecord,
  craft,
  fixed64,
  frame,
  idOf,
  joined,
  sealed,
  varint,
  withRecord,
} from "./craft.js";
import type { Language } from "./languages.js";
import { encoded, sampleRecords } from "./samples.js";

/** A golden segment in the making. */
export interface GoldenRow {
  /** Name of the file without ".seg". */
  file: string;
  name: string;
  proves: string[];
  /** Who writes it; nobody where the product cannot write what is in it. */
  writtenBy: Language | undefined;
  crafted: Crafted;
  /** Records as they were put in. */
  records: CraftedRecord[];
  isSealed: boolean;
  /** Offsets of frames that a reader skips. */
  skipped: { offset: number; length: number }[];
}

const programs: Readonly<Record<Language, string>> = { ts: "baton-ts", rust: "baton-rust" };

function row(
  language: Language,
  file: string,
  name: string,
  proves: string[],
  records: CraftedRecord[],
  options: { isSealed?: boolean; header?: Parameters<typeof craft>[1] } = {},
): GoldenRow {
  const start = craft(`${language}-${file}`, {
    writerName: programs[language],
    writerVersion: "0.1.0",
    schemaFingerprint: idOf("fingerprint").slice(0, 8),
    keyId: idOf("key").slice(0, 8),
    ...options.header,
  });
  return {
    file: `${language}-${file}`,
    name: `${name}, written by ${programs[language]}`,
    proves,
    writtenBy: language,
    crafted: records.reduce((sofar, record) => withRecord(sofar, record), start),
    records,
    isSealed: options.isSealed ?? true,
    skipped: [],
  };
}

/** Whole file of a row. */
export function bytesOf({ crafted, isSealed }: GoldenRow): Uint8Array {
  return isSealed ? sealed(crafted) : crafted.bytes;
}

/** A record of a kind, with an enum value and with fields that no schema knows today. */
function newerRecords(): CraftedRecord[] {
  const [pointer, validation] = sampleRecords().map(encoded) as [CraftedRecord, CraftedRecord];
  const envelope = toBinary(RecordSchema, create(RecordSchema, { stamp: 7n, observedAt: 7n }));
  const text = new TextEncoder().encode("from the future");
  const newerField = joined(varint((100 << 3) | 2), varint(text.length), text);
  const kind = 1_000;
  const newerKind = joined(envelope, varint((kind << 3) | 2), varint(newerField.length), newerField);
  // Field 24, a session mark, whose phase has the value 99.
  const newerEnum = joined(envelope, varint((24 << 3) | 2), varint(2), Uint8Array.of(0x08, 99));
  return [
    pointer,
    { kind, payload: newerKind },
    { kind: 24, payload: newerEnum },
    { kind: 17, payload: joined(validation.payload, newerField) },
  ];
}

function rowsOf(language: Language): GoldenRow[] {
  const samples = (first?: number): CraftedRecord[] => sampleRecords(first).map(encoded);
  const many = Array.from({ length: 40 }, (_, i) => samples(1 + i * 9)).flat();
  const part1 = row(language, "part-1", "the first segment of a compaction", ["SEG-014"], samples().slice(0, 4));
  const part2 = row(language, "part-2", "the second segment of a compaction", ["SEG-014"], samples(101).slice(0, 4), {
    isSealed: false,
    header: { writerId: part1.crafted.writer, firstSeq: 5n },
  });
  const kept = part2.crafted.records[1];
  const origin = (records: CraftedRecord[], first: number): CraftedRecord[] =>
    records.map((record, i) => ({ ...record, origin: { writer: part1.crafted.writer, seq: first + i } }));
  const compacted = row(
    language,
    "compacted",
    "a compacted segment with origins",
    ["SEG-005", "SEG-015"],
    [...origin(part1.records, 1), ...origin(part2.records.slice(0, 2), 5)],
    {
      header: {
        replaces: [
          { segmentId: part1.crafted.segment, bytes: BigInt(bytesOf(part1).length) },
          { segmentId: part2.crafted.segment, bytes: BigInt((kept?.offset ?? 0) + (kept?.length ?? 0)) },
        ],
      },
    },
  );
  return [
    row(language, "empty", "a sealed segment without records", ["SEG-012", "SEG-016"], []),
    row(language, "kinds", "one record of every kind", ["SEG-003", "SEG-016"], samples()),
    row(language, "unsealed", "a segment that was not closed", ["SEG-022"], samples().slice(0, 5), { isSealed: false }),
    row(language, "many", "several hundred records", ["SEG-014", "SEG-016"], many),
    row(
      language,
      "newer",
      "a newer minor version with a kind, an enum value and a field that nobody knows yet",
      ["SEG-007", "SEG-008", "SEG-013"],
      newerRecords(),
      { header: { formatMinor: 7 } },
    ),
    part1,
    part2,
    compacted,
  ];
}

/** A newer minor version with frame fields and a frame type that today's programs cannot write. */
function newerFrames(): GoldenRow {
  const [first, second] = sampleRecords().map(encoded) as [CraftedRecord, CraftedRecord];
  const newer = joined(Uint8Array.of(0x40, 1), Uint8Array.of(0x49), fixed64(2), Uint8Array.of(0x82, 0x01, 1, 0));
  const before = withRecord(craft("newer-frames", { formatMinor: 7, writerName: "newer" }), { ...first, newer });
  const skipped = frame({ segment: before.segment, type: 130, payload: new TextEncoder().encode("a newer frame") });
  const between = { ...before, bytes: joined(before.bytes, skipped), frames: before.frames + 1 };
  return {
    file: "newer-frames",
    name: "a newer minor version with frame fields and a frame type that nobody knows yet",
    proves: ["SEG-003", "SEG-006", "SEG-013"],
    writtenBy: undefined,
    crafted: withRecord(between, second),
    records: [first, second],
    isSealed: true,
    skipped: [{ offset: before.bytes.length, length: skipped.length }],
  };
}

/** All golden segments. */
export function goldenRows(): GoldenRow[] {
  return [...rowsOf("ts"), ...rowsOf("rust"), newerFrames()];
}
