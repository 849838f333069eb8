/** Whether a merge is due. Apart from the merge, because every command asks and hardly any goes on. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** With no more files than this, reading them costs next to nothing. */
export const mostSegments = 256;

/** A segment of this many bytes is left as it is. */
export const smallSegmentBytes = 1024 * 1024;

/** A merge of fewer segments than this is not worth its two syncs. */
export const fewestSegments = 16;

/** Whether a folder holds so many files, and so many of them small, that a merge is due. Throws what the file system throws. */
export function isMergeDue(segments: string): boolean {
  const files = readdirSync(segments);
  if (files.length <= mostSegments) return false;
  let small = 0;
  for (const file of files) {
    const size = lstatSync(join(segments, file), { throwIfNoEntry: false })?.size;
    if (size !== undefined && size < smallSegmentBytes && ++small === fewestSegments) return true;
  }
  return false;
}
