/** Keeping what was read for the next reader. Not for hosts: see snapshot/write.ts. */
import type { Home } from "../home/home.js";
import { writeSnapshot } from "../snapshot/write.js";
import type { State } from "./state.js";

/** Segments of up to this many bytes are read once more after a merge, so that the next command finds a fresh snapshot. */
export const mostReadAgain = 16 * 1024 * 1024;

/** Keeps what was read for the next command. */
export async function saveSnapshot(home: Home, { snapshot }: State): Promise<void> {
  if (snapshot !== undefined) await writeSnapshot(home.dir, snapshot);
}
