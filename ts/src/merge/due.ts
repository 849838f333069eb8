/** Whether a merge is due. Apart from the merge, because every command asks and hardly any goes on. */
import { readdirSync } from "node:fs";

/** With no more files than this, reading them costs next to nothing. */
export const mostSegments = 256;

/** Whether a folder holds so many files that a merge is due. Throws what the file system throws. */
export function isMergeDue(segments: string): boolean {
  return readdirSync(segments).length > mostSegments;
}
