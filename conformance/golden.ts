/**
 * `npm run golden`: writes the segments of fixtures/golden that are not there yet, with their hashes and their counts;
 * `npm run cases` writes their cases. Each is written by the product in the language that it is named after and must
 * be, byte for byte, what conformance/craft.ts makes of docs/segment-format.md. A file that is there is never written
 * again.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { create, fromBinary } from "@bufbuild/protobuf";
import { type Request, RequestSchema } from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { FindingType, SegmentStanding } from "../ts/src/gen/baton/segment/v1/finding_pb.js";
import { FrameSchema, HeaderSchema } from "../ts/src/gen/baton/segment/v1/frame_pb.js";
import { kinds } from "../ts/src/gen/tables.js";
import { type CaseInit, caseFile } from "./cases.js";
import { craftedAt } from "./craft.js";
import { type ExportedRecord, exportLineOf } from "./export-lines.js";
import { bytesOf, type GoldenRow, goldenRows } from "./golden-rows.js";
import { ask, type Language, languages } from "./languages.js";
import { messagesOf } from "./messages.js";

/** Folder of the golden segments. */
export const goldenFolder = "fixtures/golden";

/** What `write` is asked, so that the answer is the golden segment. */
export function writeRequestOf({ crafted, records, isSealed }: GoldenRow): Request {
  // The second frame is the header; messagesOf leaves the size away.
  const [, headerFrame] = messagesOf(crafted.bytes);
  const { payload } = fromBinary(FrameSchema, headerFrame ?? new Uint8Array());
  return create(RequestSchema, {
    question: {
      case: "write",
      value: {
        header: fromBinary(HeaderSchema, payload ?? new Uint8Array()),
        records: records.map(({ kind, payload, origin }) => ({
          kind,
          payload,
          ...(origin ? { origin: { writer: origin.writer, seq: BigInt(origin.seq) } } : {}),
        })),
        seal: isSealed,
      },
    },
  });
}

/** What a third reader must count: frames, the magic one included, and records by kind number. */
export function countsOf({ crafted, records, isSealed }: GoldenRow): { frames: number; kinds: Record<string, number> } {
  const byKind: Record<string, number> = {};
  for (const { kind } of records) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return { frames: crafted.frames + (isSealed ? 1 : 0), kinds: byKind };
}

function rangeOf(type: FindingType, offset: number, length: number) {
  return { type, offset: BigInt(offset), length: BigInt(length) };
}

function scanCase(row: GoldenRow): CaseInit {
  const { crafted, isSealed, skipped } = row;
  const end = crafted.bytes.length;
  const findings = [
    ...crafted.records.map(({ offset, length, seq, kind }) => ({
      ...rangeOf(FindingType.RECORD, offset, length),
      seq: BigInt(seq),
      kind,
    })),
    ...skipped.map(({ offset, length }) => rangeOf(FindingType.SKIPPED_FRAME, offset, length)),
    ...(isSealed ? [rangeOf(FindingType.SEAL, end, bytesOf(row).length - end)] : []),
  ].sort((a, b) => Number(a.offset - b.offset));
  return {
    name: row.name,
    proves: row.proves,
    request: { question: { case: "scan", value: { file: `golden/${row.file}.seg` } } },
    expected: { findings },
  };
}

/** The records of a segment, to be exported. */
function exportedOf({ crafted, records }: GoldenRow): ExportedRecord[] {
  return records.map((record, i) => ({ crafted, seq: crafted.firstSeq + i, record }));
}

/** Single segments, the three segments of one language's compaction, and all golden segments in one folder. */
function folderCases(rows: readonly GoldenRow[]): CaseInit[] {
  const known = new Set(kinds.map(({ number }) => number));
  const reportOf = (row: GoldenRow, standing: SegmentStanding) => ({
    file: `${row.file}.seg`,
    segment: Buffer.from(row.crafted.segment).toString("hex"),
    bytes: BigInt(bytesOf(row).length),
    records: BigInt(row.records.length),
    newerThanMe: BigInt(row.records.filter(({ kind }) => !known.has(kind)).length),
    sealed: row.isSealed,
    standing,
    findings: (scanCase(row).expected?.findings ?? []).filter(({ type }) => type !== FindingType.RECORD),
  });
  const standingOf = ({ file }: GoldenRow): SegmentStanding =>
    /-part-[12]$/.test(file) ? SegmentStanding.REPLACED : SegmentStanding.COUNTS;
  const folder = (
    name: string,
    proves: string[],
    files: readonly GoldenRow[],
    exported: ExportedRecord[],
  ): CaseInit => {
    const sorted = [...files].sort((a, b) => (a.file < b.file ? -1 : 1));
    const replaced = files.filter((row) => standingOf(row) === SegmentStanding.REPLACED);
    // Two records of each second part lie behind the replaced length.
    const behind = replaced.filter(({ file }) => file.endsWith("-2")).length * 2;
    const counting = files.filter((row) => standingOf(row) === SegmentStanding.COUNTS);
    const records = counting.reduce((sum, row) => sum + row.records.length, behind);
    return {
      name,
      proves,
      request: {
        question: {
          case: "read",
          value: {
            files: sorted.map(({ file }) => ({ name: `${file}.seg`, file: `golden/${file}.seg` })),
            now: BigInt(craftedAt + 60_000),
          },
        },
      },
      expected: {
        verify: {
          segments: sorted.map((row) => reportOf(row, standingOf(row))),
          records: BigInt(records),
          problems: 0n,
        },
        exportLines: exported.map(exportLineOf),
      },
    };
  };
  const rowOf = (file: string): GoldenRow => {
    const found = rows.find((row) => row.file === file);
    if (!found) throw new Error(`no golden row ${file}`);
    return found;
  };
  const compaction = (language: Language): CaseInit => {
    const [part1, part2, compacted] = ["part-1", "part-2", "compacted"].map((name) => rowOf(`${language}-${name}`)) as [
      GoldenRow,
      GoldenRow,
      GoldenRow,
    ];
    return folder(
      `a compacted segment counts beside what it replaces, written by baton-${language}`,
      ["SEG-031", "SEG-032"],
      [part1, part2, compacted],
      [...exportedOf(compacted), ...exportedOf(part2).slice(2)],
    );
  };
  const alone = (file: string, name: string, proves: string[]): CaseInit =>
    folder(name, proves, [rowOf(file)], exportedOf(rowOf(file)));
  return [
    ...languages.map((language) =>
      alone(`${language}-kinds`, `every kind is exported, written by baton-${language}`, ["SEG-036"]),
    ),
    ...languages.map((language) =>
      alone(
        `${language}-newer`,
        `what nobody knows yet is exported with its payload as it lies in the file, written by baton-${language}`,
        ["SEG-007", "SEG-008"],
      ),
    ),
    compaction("ts"),
    compaction("rust"),
    folder("all golden segments are read from one folder", ["SEG-036"], rows, []),
  ];
}

/** Case files of the golden segments, by their paths. */
export function goldenCases(): Map<string, Uint8Array> {
  const rows = goldenRows();
  return new Map([caseFile("segment/golden", [...rows.map(scanCase), ...folderCases(rows)])]);
}

/** Lines of SHA256SUMS, as sha256sum prints them. */
function hashLine(file: string, bytes: Uint8Array | string): string {
  return `${createHash("sha256").update(bytes).digest("hex")}  ${file}`;
}

function writeGolden(): void {
  mkdirSync(goldenFolder, { recursive: true });
  const rows = goldenRows();
  for (const row of rows) {
    const path = `${goldenFolder}/${row.file}.seg`;
    const bytes = bytesOf(row);
    if (existsSync(path)) {
      if (!readFileSync(path).equals(bytes)) throw new Error(`${path} is frozen, and would be other bytes now`);
      continue;
    }
    const written = row.writtenBy ? ask(row.writtenBy, [writeRequestOf(row)])[0]?.response.data : bytes;
    if (!written || !Buffer.from(written).equals(bytes)) throw new Error(`${path}: written otherwise than specified`);
    writeFileSync(path, written, { flag: "wx" });
  }
  const counts = Object.fromEntries(rows.map((row) => [`${row.file}.seg`, countsOf(row)]));
  const countsText = `${JSON.stringify(counts, undefined, 1)}\n`;
  writeFileSync(`${goldenFolder}/counts.json`, countsText);
  const hashes = [...rows.map((row) => hashLine(`${row.file}.seg`, bytesOf(row))), hashLine("counts.json", countsText)];
  writeFileSync(`${goldenFolder}/SHA256SUMS`, `${hashes.join("\n")}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeGolden();
