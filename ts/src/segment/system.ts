/** What segments and the state directory need of the operating system. */
import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import { errors } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import type { ErrorTable } from "../record/schema.js";

/** Code of a system error, such as "ENOSPC"; "unknown" for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}

/**
 * The error of a file or folder in the state directory that the system refused: HOME_UNUSABLE where the directory is a
 * file itself, else `otherwise`, at `place`. No path is told.
 */
export function homeError(error: unknown, otherwise: ErrorTable, place = codeOf(error)): BatonError {
  if (codeOf(error) === "ENOTDIR") return batonError(errors.HOME_UNUSABLE, { place: "not a directory" });
  return batonError(otherwise, { place });
}

/** Bytes `start..end` of a file, or what is there of them. */
export function readRange(fd: number, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, start + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === bytes.length ? bytes : bytes.subarray(0, filled);
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

/** Runs what may fail without harm. */
export function ignoreFailure(run: () => void): void {
  try {
    run();
  } catch {
    // Nothing depends on it, and nobody could do anything about it.
  }
}
