/** What a merge changes on the disk, in one place so that tests can stop it behind each of its steps. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { systemFiles, type WriterFiles } from "../segment/files.js";

/** What a merge asks of the file system. Every function throws as `node:fs` does. */
export interface MergeFiles
  extends Pick<WriterFiles, "create" | "write" | "syncNow" | "syncFolder" | "close" | "remove"> {
  /** Syncs a segment that another process wrote. */
  syncFile(path: string): void;
}

/**
 * Makes a segment that another process sealed safe: its bytes, and its name, which that one may not have lived to sync. Only
 * then may what it replaces be deleted. Throws what the file system throws.
 */
export function makeSafe(files: MergeFiles, dir: string, file: string): void {
  files.syncFile(join(dir, file));
  files.syncFolder(dir);
}

/** The real ones. */
export const mergeFiles: MergeFiles = { ...systemFiles, syncFile };

function syncFile(path: string): void {
  // Windows syncs only what is open for writing.
  const fd = openSync(path, process.platform === "win32" ? "r+" : "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
