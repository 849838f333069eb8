/** What the folders of fixtures/hostile are made of. */
import type { SegmentStanding } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import { type Crafted, craft, craftedAt, sealed, withNotes } from "../craft.js";
import { type ExpectedFinding, type HostileRow, range } from "./row.js";

/** Instant of the folder cases: milliseconds since 1970. */
export const folderNow = craftedAt + 60_000;

/** The segment that nothing is wrong with: three notes. */
export const sound = withNotes(craft("sound"), 1, 2, 3);

/** A file of a folder, with what a reader must say of the file alone. */
export interface FolderFile {
  /** Name below fixtures/hostile, without ".seg". */
  file: string;
  bytes: Uint8Array;
  /** Absent where no header proves. */
  segment?: Uint8Array;
  records: number;
  newer: number;
  sealed: boolean;
  /** Findings but the records. */
  findings: ExpectedFinding[];
}

/** A file in its place, and whether it counts. */
export interface Placed {
  /** Name inside the folder. */
  name: string;
  file: FolderFile;
  standing: keyof typeof SegmentStanding;
  /** Bytes that a hole makes it long. */
  stretched?: number;
}

/** A folder and what a reader must make of it. */
export interface FolderRow {
  name: string;
  proves: string[];
  /** In byte order of the names. */
  files: Placed[];
  /** Other files, which no reader looks at. */
  others?: string[];
  /** Records that count. */
  records: number;
  /** The folded state, where the case pins it down. */
  statusJson?: string;
  /** The lines of the export, where the case pins them down. */
  exportLines?: string[];
}

/** Folders, and the files that they bring. */
export interface Folders {
  files: FolderFile[];
  folders: FolderRow[];
}

/** A row of the scanner's table by its file, as a file of a folder; `segment` is its id where its header proves. */
export type FileOfRow = (file: string, segment?: Uint8Array) => FolderFile;

/** Puts a file into a folder. */
export const at = (name: string, file: FolderFile, standing: Placed["standing"]): Placed => ({ name, file, standing });

/** A sound segment as a file of a folder. */
export function plain(file: string, crafted: Crafted, isSealed = true): FolderFile {
  const bytes = isSealed ? sealed(crafted) : crafted.bytes;
  return {
    file,
    bytes,
    segment: crafted.segment,
    records: crafted.records.length,
    newer: 0,
    sealed: isSealed,
    findings: isSealed ? [range("SEAL", crafted.bytes.length, bytes.length)] : [],
  };
}

/** A row of the scanner's table as a file of a folder. */
export function fromRow(row: HostileRow, segment?: Uint8Array): FolderFile {
  return {
    file: row.file,
    bytes: row.bytes,
    ...(segment ? { segment } : {}),
    records: row.findings.filter((finding) => finding.type === "RECORD").length,
    newer: row.findings.filter((finding) => finding.type === "RECORD" && finding.kind === 4000).length,
    sealed: row.findings.some((finding) => finding.type === "SEAL"),
    findings: row.findings.filter((finding) => finding.type !== "RECORD"),
  };
}
