/** Folders of fixtures/hostile: copies, replaced segments, and compacted ones that may not count. */

import { DropReason } from "../../ts/src/gen/baton/segment/v1/frame_pb.js";
import {
  type Crafted,
  type CraftedRecord,
  craft,
  craftedAt,
  flipped,
  idOf,
  joined,
  note,
  sealed,
  withNotes,
  withRecord,
} from "../craft.js";
import { exportLineOf } from "../export-lines.js";
import { type FolderFile, type FolderRow, fromRow, type Placed, plain } from "./folder-row.js";
import { type HostileRow, range } from "./row.js";

/** Instant of the folder cases: milliseconds since 1970. */
export const folderNow = craftedAt + 60_000;

const sound = withNotes(craft("sound"), 1, 2, 3);

/** Compacted segment that holds the notes with these numbers, as `sound` wrote them. */
function compacted(name: string, replaces: { segmentId: Uint8Array; bytes: bigint }[], ...numbers: number[]): Crafted {
  return numbers.reduce(
    (sofar, number) => withRecord(sofar, { ...note(number), origin: { writer: sound.writer, seq: number } }),
    craft(name, { replaces }),
  );
}

/** The files of the folders, and the folders. `rows` are those of the scanner's table. */
export function folders(rows: readonly HostileRow[]): { files: FolderFile[]; folders: FolderRow[] } {
  const row = (file: string, segment?: Uint8Array): FolderFile => {
    const found = rows.find((candidate) => candidate.file === file);
    if (!found) throw new Error(`no hostile row ${file}`);
    return fromRow(found, segment);
  };
  const a = plain("sound", sound);
  const whole = [{ segmentId: sound.segment, bytes: BigInt(a.bytes.length) }];
  const second = sound.records[1]!;
  const third = sound.records[2]!;
  const partEnd = second.offset + second.length;
  const torn: FolderFile = {
    ...a,
    file: "sound-torn",
    bytes: a.bytes.slice(0, third.offset + 9),
    records: 2,
    sealed: false,
    findings: [range("OPEN_TAIL", third.offset, third.offset + 9)],
  };
  const full = plain("compacted", compacted("compacted", whole, 1, 2, 3));
  const fewer = plain("compacted-fewer", compacted("compacted-fewer", whole, 1, 3));
  const first = plain("compacted-first", compacted("compacted-first", whole, 1));
  const part = plain(
    "compacted-part",
    compacted("compacted-part", [{ segmentId: sound.segment, bytes: BigInt(partEnd) }], 1, 2),
  );
  const inside = plain(
    "compacted-inside",
    compacted("compacted-inside", [{ segmentId: sound.segment, bytes: BigInt(partEnd - 1) }], 1),
  );
  const unsealed = plain("compacted-unsealed", compacted("compacted-unsealed", whole, 1, 2), false);
  const hurt = compacted("compacted-damaged", whole, 1, 2, 3);
  const hurtAt = hurt.records[1]!;
  const damaged: FolderFile = {
    ...plain("compacted-damaged", hurt),
    bytes: flipped(sealed(hurt), hurtAt.offset + 40),
    records: 2,
    findings: [
      range("CORRUPT_RANGE", hurtAt.offset, hurtAt.offset + hurtAt.length),
      range("SEAL", hurt.bytes.length, hurt.bytes.length + 61),
    ],
  };
  const overlapping = plain("compacted-overlapping", compacted("compacted-overlapping", whole, 1, 2, 3));
  const chained = plain(
    "compacted-chained",
    compacted("compacted-chained", [{ segmentId: fewer.segment!, bytes: BigInt(fewer.bytes.length) }], 1, 3),
  );
  const writerId = idOf("writer cloned");
  const cloneA = plain("clone-a", withNotes(craft("clone-a", { writerId }), 1, 2), false);
  const cloneB = plain("clone-b", withNotes(craft("clone-b", { writerId }), 1, 9), false);
  const dropped = [
    { reason: DropReason.GUARD, count: 3n },
    { reason: DropReason.IO, count: 2n },
  ];
  const unknown = { kind: 4000, payload: new Uint8Array() };
  const zeros = craft("health", { dropped });
  const behindZeros = withRecord({ ...zeros, bytes: joined(zeros.bytes, new Uint8Array(32)) }, unknown);
  const unhealthy: FolderFile = {
    ...plain("health", behindZeros, false),
    bytes: joined(behindZeros.bytes, new Uint8Array(7)),
    newer: 1,
    findings: [
      range("CORRUPT_RANGE", zeros.bytes.length, zeros.bytes.length + 32),
      range("OPEN_TAIL", behindZeros.bytes.length, behindZeros.bytes.length + 7),
    ],
  };
  const replacing = withRecord(
    craft("health-replacing", { replaces: [{ segmentId: zeros.segment, bytes: BigInt(behindZeros.bytes.length) }] }),
    { ...unknown, origin: { writer: zeros.writer, seq: 1 } },
  );
  const healthy: FolderFile = { ...plain("health-replacing", replacing), newer: 1 };
  const health = (counts: Record<string, number>): string => {
    const names = ["corruptRanges", "dropped", "foreignFiles", "fromFuture", "malformed", "newerThanMe"];
    const all = [...names, "openTailBytes", "records", "segments"].map((name) => [name, String(counts[name] ?? 0)]);
    return JSON.stringify({ machine: { health: Object.fromEntries(all) } });
  };
  const odd: { record: CraftedRecord; isMalformed: boolean }[] = [
    { record: note(1), isMalformed: false },
    // No record at all: cut off, of the wrong wire type, with a text that is not UTF-8, with a group.
    ...[[0xff], [0x18, 1], [0x1a, 1, 0xff], [0x9b, 0x06, 0x9c, 0x06]].map((bytes) => ({
      record: { kind: 19, payload: Uint8Array.from(bytes) },
      isMalformed: true,
    })),
    { record: { kind: 4000, payload: Uint8Array.of(0x1a, 1) }, isMalformed: true },
    // Of an unknown kind, with an envelope that everybody knows.
    { record: { kind: 4000, payload: Uint8Array.of(0x1a, 1, 0x77) }, isMalformed: false },
    // A field inside the message of the kind that nobody knows.
    { record: { kind: 19, payload: Uint8Array.of(0x9a, 0x01, 3, 0xf8, 0x3f, 1) }, isMalformed: false },
  ];
  const oddity = odd.reduce((sofar, { record }) => withRecord(sofar, record), craft("odd-payloads"));
  const oddPayloads: FolderFile = { ...plain("odd-payloads", oddity, false), newer: 2 };
  const nested = row("nested", idOf("segment nested"));

  const at = (name: string, file: FolderFile, standing: Placed["standing"]): Placed => ({ name, file, standing });
  return {
    files: [
      a,
      torn,
      full,
      fewer,
      first,
      part,
      inside,
      unsealed,
      damaged,
      overlapping,
      chained,
      cloneA,
      cloneB,
      unhealthy,
      healthy,
      oddPayloads,
    ],
    folders: [
      {
        name: "an empty folder holds nothing",
        proves: ["SEG-036", "SEG-037"],
        files: [],
        records: 0,
        statusJson: health({}),
      },
      {
        name: "the health of a folder counts what is wrong in segments that count, and files that are none",
        proves: ["SEG-037"],
        files: [
          at("1.seg", unhealthy, "COUNTS"),
          at("2.seg", row("foreign"), "UNREADABLE"),
          at("3.seg", row("damaged-header"), "UNREADABLE"),
          at("4.seg", row("torn-header"), "UNREADABLE"),
          at("5.seg", row("newer-major"), "UNREADABLE"),
        ],
        records: 1,
        statusJson: health({
          segments: 1,
          records: 1,
          openTailBytes: 7,
          corruptRanges: 1,
          foreignFiles: 2,
          newerThanMe: 1,
          dropped: 5,
        }),
      },
      {
        name: "the health of a folder counts a replaced segment too",
        proves: ["SEG-037"],
        files: [at("1.seg", unhealthy, "REPLACED"), at("2.seg", healthy, "COUNTS")],
        records: 1,
        statusJson: health({
          segments: 2,
          records: 1,
          openTailBytes: 7,
          corruptRanges: 1,
          newerThanMe: 1,
          dropped: 5,
        }),
      },
      {
        name: "a segment is known by its header and not by the name of its file",
        proves: ["SEG-030", "SEG-036"],
        files: [at("any name.seg", a, "COUNTS")],
        others: ["notes.txt", "sound.seg.bak"],
        records: 3,
      },
      {
        name: "of two files with one id the one with the longer valid prefix counts",
        proves: ["SEG-030"],
        files: [at("a.seg", torn, "DUPLICATE"), at("b.seg", a, "COUNTS")],
        records: 3,
      },
      {
        name: "of two equal files the one with the smaller name counts",
        proves: ["SEG-030"],
        files: [at("B.seg", a, "COUNTS"), at("a.seg", a, "DUPLICATE")],
        records: 3,
      },
      {
        name: "files that cannot be read hide nothing beside them",
        proves: ["SEG-013", "SEG-020", "SEG-021", "SEG-027", "SEG-036"],
        files: [
          at("1.seg", row("foreign"), "UNREADABLE"),
          at("2.seg", row("damaged-header"), "UNREADABLE"),
          at("3.seg", row("newer-major"), "UNREADABLE"),
          at("4.seg", row("empty"), "UNREADABLE"),
          at("5.seg", row("torn-header"), "UNREADABLE"),
          at("6.seg", a, "COUNTS"),
        ],
        records: 3,
      },
      {
        name: "damage is counted as a problem and costs the record it is in",
        proves: ["SEG-027", "SEG-036"],
        files: [
          at("1.seg", row("flip-payload", idOf("segment flip-payload")), "COUNTS"),
          at("2.seg", row("seal-crc", idOf("segment seals")), "COUNTS"),
          at("3.seg", row("flip-in-last", idOf("segment tails")), "COUNTS"),
        ],
        records: 5,
      },
      {
        name: "a record of an unknown kind counts and is told as newer",
        proves: ["SEG-007", "SEG-036"],
        files: [at("nested.seg", nested, "COUNTS")],
        records: 3,
      },
      {
        name: "a payload that is no record, or newer than everybody, is exported as it lies in the file",
        proves: ["SEG-007", "SEG-008"],
        files: [at("a.seg", oddPayloads, "COUNTS")],
        records: odd.length,
        exportLines: odd.map((each, i) => exportLineOf({ crafted: oddity, seq: 1 + i, ...each })),
      },
      {
        name: "a record that was written twice counts once",
        proves: ["SEG-015", "SEG-033"],
        files: [at("a.seg", cloneA, "COUNTS"), at("b.seg", cloneB, "COUNTS")],
        records: 3,
      },
      {
        name: "a compacted segment stands for what it replaces",
        proves: ["SEG-031", "SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", full, "COUNTS")],
        records: 3,
      },
      {
        name: "a record that compaction left out is gone",
        proves: ["SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", fewer, "COUNTS")],
        records: 2,
      },
      {
        name: "records behind the replaced length count",
        proves: ["SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", part, "COUNTS")],
        records: 3,
      },
      {
        name: "a record that ends behind the replaced length counts",
        proves: ["SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", inside, "COUNTS")],
        records: 3,
      },
      {
        name: "of two lengths that replace one segment the larger holds",
        proves: ["SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", part, "COUNTS"), at("d.seg", first, "COUNTS")],
        records: 2,
      },
      {
        name: "a compacted segment whose originals are gone counts alone",
        proves: ["SEG-031"],
        files: [at("c.seg", full, "COUNTS")],
        records: 3,
      },
      {
        name: "an unsealed compacted segment is ignored while its originals are there",
        proves: ["SEG-031"],
        files: [at("a.seg", a, "COUNTS"), at("c.seg", unsealed, "IGNORED")],
        records: 3,
      },
      {
        name: "an unsealed compacted segment is ignored even when nothing else is left",
        proves: ["SEG-031"],
        files: [at("c.seg", unsealed, "IGNORED")],
        records: 0,
      },
      {
        name: "a damaged compacted segment is ignored while its originals are there",
        proves: ["SEG-031"],
        files: [at("a.seg", a, "COUNTS"), at("c.seg", damaged, "IGNORED")],
        records: 3,
      },
      {
        name: "a damaged compacted segment is read when nothing else is left",
        proves: ["SEG-031"],
        files: [at("c.seg", damaged, "COUNTS")],
        records: 2,
      },
      {
        name: "where two compacted segments replace one segment each record counts once",
        proves: ["SEG-033"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", full, "COUNTS"), at("d.seg", overlapping, "COUNTS")],
        records: 3,
      },
      {
        name: "a compacted segment that is replaced itself still stands for what it replaced",
        proves: ["SEG-032"],
        files: [at("a.seg", a, "REPLACED"), at("c.seg", fewer, "REPLACED"), at("d.seg", chained, "COUNTS")],
        records: 2,
      },
      {
        name: "when the middle of a chain is gone nothing counts twice",
        proves: ["SEG-033"],
        files: [at("a.seg", a, "COUNTS"), at("d.seg", chained, "COUNTS")],
        records: 3,
      },
    ],
  };
}
