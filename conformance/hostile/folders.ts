/** Folders of fixtures/hostile: copies, clones, files that cannot be read, payloads that nobody can. */
import { type CraftedRecord, craft, idOf, note, withNotes, withRecord } from "../craft.js";
import { exportLineOf } from "../export-lines.js";
import { compactions } from "./compaction.js";
import { at, type FileOfRow, type FolderFile, type Folders, fromRow, plain, sound } from "./folder-row.js";
import { healths } from "./health.js";
import { oversized } from "./oversized.js";
import { type HostileRow, range } from "./row.js";

/** The files of the folders, and the folders. `rows` are those of the scanner's table. */
export function folders(rows: readonly HostileRow[]): Folders {
  const row: FileOfRow = (file, segment) => {
    const found = rows.find((candidate) => candidate.file === file);
    if (!found) throw new Error(`no hostile row ${file}`);
    return fromRow(found, segment);
  };
  const a = plain("sound", sound);
  const health = healths(row);
  const compaction = compactions(a);
  const third = sound.records[2]!;
  const torn: FolderFile = {
    ...a,
    file: "sound-torn",
    bytes: a.bytes.slice(0, third.offset + 9),
    records: 2,
    sealed: false,
    findings: [range("OPEN_TAIL", third.offset, third.offset + 9)],
  };
  const writerId = idOf("writer cloned");
  const cloneA = plain("clone-a", withNotes(craft("clone-a", { writerId }), 1, 2), false);
  const cloneB = plain("clone-b", withNotes(craft("clone-b", { writerId }), 1, 9), false);
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
  return {
    files: [a, torn, cloneA, cloneB, oddPayloads, ...health.files, ...compaction.files],
    folders: [
      ...health.folders,
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
      ...compaction.folders,
      ...oversized(row, a, cloneA),
    ],
  };
}
