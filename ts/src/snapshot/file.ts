/** `latest.json` on disk. Only the command line and the MCP server write it, never code inside a host. */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { parseSnapshot, printSnapshot, type Snapshot } from "./content.js";

const name = "latest.json";
const hourMs = 3_600_000;

/** The snapshot of a state directory; undefined where there is none that can be trusted. Never throws. */
export function readSnapshot(home: string): Snapshot | undefined {
  try {
    return parseSnapshot(readFileSync(join(home, name)));
  } catch {
    return undefined;
  }
}

/**
 * Replaces the snapshot. Never throws: a snapshot that cannot be written is only a slower next start. A file that came
 * out short (write-file-atomic does not look at short writes) is removed, and so are temporary files of over an hour.
 */
export async function writeSnapshot(home: string, snapshot: Snapshot): Promise<void> {
  const file = join(home, name);
  const bytes = printSnapshot(snapshot);
  try {
    removeLeftovers(home);
    await writeFileAtomic(file, bytes, { mode: 0o600, fsync: false });
    if (statSync(file).size !== bytes.length) rmSync(file);
  } catch {
    // The segments answer.
  }
}

function removeLeftovers(home: string): void {
  for (const entry of readdirSync(home)) {
    if (!entry.startsWith(`${name}.`)) continue;
    const file = join(home, entry);
    if (Date.now() - statSync(file).mtimeMs > hourMs) rmSync(file, { force: true });
  }
}
