/** What segments and the state directory need of the operating system. */
import { closeSync, fsyncSync, openSync } from "node:fs";

/** Code of a system error, such as "ENOSPC"; "unknown" for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

/** Syncs a folder, so that the names in it survive a power cut. Windows cannot, and does not need to. */
export function syncFolder(dir: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
