/** The files of fixtures/hostile and their cases, conformance/cases/segment/{scan,folder}.json. */
import { FindingType, SegmentStanding } from "../ts/src/gen/baton/segment/v1/finding_pb.js";
import { type CaseInit, caseFile } from "./cases.js";
import { bounds } from "./hostile/bounds.js";
import { folderNow, type Placed } from "./hostile/folder-row.js";
import { folders } from "./hostile/folders.js";
import { encodings, sequences } from "./hostile/frames.js";
import { headers, heads } from "./hostile/heads.js";
import type { ExpectedFinding, HostileRow } from "./hostile/row.js";
import { seals } from "./hostile/seals.js";
import { flips, tails } from "./hostile/tails.js";

/** Folder of the damaged segments. */
export const hostileFolder = "fixtures/hostile";

/** All rows of the scanner's table. */
function hostileRows(): HostileRow[] {
  return [...heads(), ...headers(), ...tails(), ...flips(), ...seals(), ...sequences(), ...encodings(), ...bounds()];
}

function findingOf({ type, offset, length, seq, kind }: ExpectedFinding) {
  return {
    type: FindingType[type],
    offset: BigInt(offset),
    length: BigInt(length),
    ...(seq === undefined ? {} : { seq: BigInt(seq) }),
    ...(kind === undefined ? {} : { kind }),
  };
}

const problems = new Set(["CORRUPT_RANGE", "DAMAGED_HEADER", "SEAL_MISMATCH", "OVERSIZED"]);

function reportOf({ name, file, standing, stretched }: Placed) {
  return {
    file: name,
    ...(file.segment ? { segment: Buffer.from(file.segment).toString("hex") } : {}),
    bytes: BigInt(stretched ?? file.bytes.length),
    records: BigInt(file.records),
    newerThanMe: BigInt(file.newer),
    sealed: file.sealed,
    standing: SegmentStanding[standing],
    findings: file.findings.map(findingOf),
  };
}

/** Every file that this makes, by its path in the repository. */
export function hostileFiles(): Map<string, Uint8Array> {
  const rows = hostileRows();
  const { files, folders: folderRows } = folders(rows);
  const made = new Map<string, Uint8Array>();
  for (const { file, bytes } of [...rows, ...files]) {
    const path = `${hostileFolder}/${file}.seg`;
    if (made.has(path)) throw new Error(`two hostile files named ${file}`);
    made.set(path, bytes);
  }
  const scans = rows.map(
    (row): CaseInit => ({
      name: row.name,
      proves: row.proves,
      request: { question: { case: "scan", value: { file: `hostile/${row.file}.seg` } } },
      expected: { findings: row.findings.map(findingOf) },
    }),
  );
  const reads = folderRows.map((row): CaseInit => {
    const named = row.files.map(({ name, file, stretched }) => ({
      name,
      file: `hostile/${file.file}.seg`,
      ...(stretched === undefined ? {} : { stretched: BigInt(stretched) }),
    }));
    const others = (row.others ?? []).map((name) => ({ name, file: "hostile/sound.seg" }));
    const found = row.files.flatMap(({ file }) => file.findings).filter(({ type }) => problems.has(type));
    return {
      name: row.name,
      proves: row.proves,
      request: { question: { case: "read", value: { files: [...named, ...others], now: BigInt(folderNow) } } },
      expected: {
        verify: {
          segments: row.files.map(reportOf),
          records: BigInt(row.records),
          problems: BigInt(found.length),
        },
        ...(row.statusJson === undefined ? {} : { statusJson: row.statusJson }),
        ...(row.exportLines === undefined ? {} : { exportLines: row.exportLines }),
      },
    };
  });
  return new Map([...made, caseFile("segment/scan", scans), caseFile("segment/folder", reads)]);
}
