/** Files that end within their magic or header frame, as a program leaves one that was ended there (SEG-073). */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { smallSegmentBytes } from "../merge/due.js";
import type { SeenFile } from "../merge/seen.js";
import { scanSegment } from "../segment/scanned.js";

/** A file that holds no record. */
export type EmptyFile = Pick<SeenFile, "file" | "size" | "writtenAt">;

/**
 * Looks at a file whose header does not prove; undefined where more than an open tail is found in it, which may hide
 * records. Throws what the file system throws.
 */
export function seeEmpty(dir: string, file: string): EmptyFile | undefined {
  const path = join(dir, file);
  const { size, mtimeMs: writtenAt } = lstatSync(path);
  if (size >= smallSegmentBytes) return undefined;
  const data = readFileSync(path);
  const { findings, header } = scanSegment(file, data);
  const isEmpty = header === undefined && findings.every(({ type }) => type === "OPEN_TAIL");
  return isEmpty && data.length === size ? { file, size, writtenAt } : undefined;
}
