/** Keeping what was read for the next reader. Not for hosts: see snapshot/write.ts. */
import type { Home } from "../home/home.js";
import { writeSnapshot } from "../snapshot/write.js";
import type { State } from "./state.js";

/** Keeps what was read for the next command. */
export async function saveSnapshot(home: Home, { snapshot }: State): Promise<void> {
  if (snapshot !== undefined) await writeSnapshot(home.dir, snapshot);
}
