/** Replacing `latest.json`. Only the command line and the MCP server do it, never code inside a host. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { printSnapshot, type Snapshot } from "./content.js";
import { snapshotName } from "./file.js";

const hourMs = 3_600_000;

/**
 * Replaces the snapshot. Never throws: a snapshot that cannot be written is only a slower next start. A file that came
 * out short (write-file-atomic does not look at short writes) is removed, and so are temporary files of over an hour.
 */
export async function writeSnapshot(home: string, snapshot: Snapshot): Promise<void> {
  const file = join(home, snapshotName);
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
    if (!entry.startsWith(`${snapshotName}.`)) continue;
    const file = join(home, entry);
    if (Date.now() - statSync(file).mtimeMs > hourMs) rmSync(file, { force: true });
  }
}
