/**
 * Segments whose writers ended without sealing them: taken once nobody has written to them for two days, and deleted only
 * where nobody does meanwhile (docs/segment-format.md, SEG-073).
 */
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import type { MergeFiles } from "../merge/files.js";
import type { SeenFile } from "../merge/seen.js";
import { writeWhole } from "../segment/open-segment.js";
import { ignoreFailure, readRange } from "../segment/system.js";

/** A file as it was seen: its name inside the folder, and its bytes. */
export type StillFile = Pick<SeenFile, "file" | "size">;

/** A segment is not deleted before its length has stayed the same for so many milliseconds: longer than SEG-045 has. */
export const stillMs = 2000;

/** Blocks this thread. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Deletes those that are as long as they were seen, and gives them. Where a writer wakes between the last look and the
 * deletion, the file is put back.
 */
export function removeStill(dir: string, files: MergeFiles, seen: readonly StillFile[]): StillFile[] {
  const gone: StillFile[] = [];
  for (const each of seen)
    ignoreFailure(() => {
      if (removeOne(dir, files, each)) gone.push(each);
    });
  return gone;
}

function removeOne(dir: string, files: MergeFiles, { file, size }: StillFile): boolean {
  const path = join(dir, file);
  const fd = openSync(path, "r");
  try {
    if (fstatSync(fd).size !== size) return false;
    files.remove(path);
    const { size: now } = fstatSync(fd);
    if (now === size) return true;
    putBack(dir, files, readRange(fd, 0, now));
    return false;
  } finally {
    closeSync(fd);
  }
}

/** Under a new name, since Windows may keep the old one until the last handle is closed: readers go by the id inside. */
function putBack(dir: string, files: MergeFiles, bytes: Uint8Array): void {
  const fd = files.create(join(dir, `${randomBytes(16).toString("hex")}.seg`));
  try {
    writeWhole(files, fd, bytes);
    files.syncNow(fd);
  } finally {
    files.close(fd);
  }
}
