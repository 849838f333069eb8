/** Folders with files that a hole makes longer than any segment. */
import { at, type FileOfRow, type FolderFile, type FolderRow, type Placed } from "./folder-row.js";
import { range } from "./row.js";

/** Bytes of a file that are read (SEG-038). */
const readBytes = 2 ** 26;

/** The folders; `sealed` and `open` are sound segments. */
export function oversized(row: FileOfRow, sealed: FolderFile, open: FolderFile): FolderRow[] {
  const long = (name: string, file: FolderFile, tail: "CORRUPT_RANGE" | "OPEN_TAIL", stretched: number): Placed => {
    const findings = [...file.findings, range(tail, file.bytes.length, Math.min(stretched, readBytes))];
    if (stretched > readBytes) findings.push(range("OVERSIZED", readBytes, stretched));
    return { ...at(name, { ...file, findings }, "COUNTS"), stretched };
  };
  const foreign = { ...row("foreign"), findings: [range("FOREIGN", 0, 2 ** 40)] };
  return [
    {
      name: "of files that are longer than any memory the first 64 MiB are read, and the rest is told",
      proves: ["SEG-036", "SEG-038"],
      files: [
        long("1.seg", sealed, "CORRUPT_RANGE", 2 ** 40),
        long("2.seg", open, "OPEN_TAIL", readBytes + 1),
        { ...at("3.seg", foreign, "UNREADABLE"), stretched: 2 ** 40 },
      ],
      records: 5,
    },
    {
      name: "a file of 64 MiB is read to its end",
      proves: ["SEG-038"],
      files: [long("1.seg", sealed, "CORRUPT_RANGE", readBytes)],
      records: 3,
    },
  ];
}
