/** `latest.json` on disk, for every reader; write.ts replaces it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSnapshot, type Snapshot } from "./content.js";

/** Name of the file in the state directory. */
export const snapshotName = "latest.json";

/** The snapshot of a state directory; undefined where there is none that can be trusted. Never throws. */
export function readSnapshot(home: string): Snapshot | undefined {
  try {
    return parseSnapshot(readFileSync(join(home, snapshotName)));
  } catch {
    return undefined;
  }
}
