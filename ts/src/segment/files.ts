/** The system calls of a segment writer, in one place so that tests can make each of them fail. */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { errors } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import { codeOf, syncFolder } from "./system.js";

/** What a writer asks of the file system. Every function throws as `node:fs` does. */
export interface WriterFiles {
  /** Creates a file that must not be there yet, mode 0600, and opens it for appending. */
  create(path: string): number;
  /** Appends `bytes[start..end]` and gives how many of them the system took. */
  write(fd: number, bytes: Uint8Array, start: number, end: number): number;
  /** Names that the file still has. */
  links(fd: number): number;
  truncate(fd: number, length: number): void;
  /** Syncs the data of the file, off the main thread. */
  sync(fd: number): Promise<void>;
  /** The same, at once. */
  syncNow(fd: number): void;
  /** Syncs the names in a folder. */
  syncFolder(dir: string): void;
  close(fd: number): void;
  remove(path: string): void;
}

/** The real ones. */
export const systemFiles: WriterFiles = {
  create: (path) => openSync(path, "ax", 0o600),
  write: (fd, bytes, start, end) => writeSync(fd, bytes, start, end - start),
  links: (fd) => fstatSync(fd).nlink,
  truncate: ftruncateSync,
  sync: (fd) =>
    new Promise((resolve, reject) => fdatasync(fd, (error) => (error === null ? resolve() : reject(error)))),
  syncNow: fdatasyncSync,
  syncFolder,
  close: closeSync,
  remove: unlinkSync,
};

/**
 * The same, but a file that is being synced off the main thread stays open until that is done. Else its number could stand
 * for the next file by then, and that one be synced in its place, or lose the one report that its own sync failed.
 */
export function closingBehindSyncs(files: WriterFiles): WriterFiles {
  const syncing = new Set<number>();
  const left = new Set<number>();
  const closeLeft = (fd: number): void => {
    try {
      files.close(fd);
    } catch {
      // The segment was left for good: whatever it was to promise is written elsewhere too.
    }
  };
  return {
    ...files,
    async sync(fd) {
      syncing.add(fd);
      try {
        await files.sync(fd);
      } finally {
        syncing.delete(fd);
        if (left.delete(fd)) closeLeft(fd);
      }
    },
    close(fd) {
      if (syncing.has(fd)) left.add(fd);
      else files.close(fd);
    },
  };
}

/** A write that stopped half way: `written` bytes are out. */
export class WriteFailure extends Error {
  constructor(
    readonly written: number,
    readonly reason: unknown,
  ) {
    super("write failed");
  }
}

/** Whether a write failed because the disk, the quota or the allowed size of files is full. */
export function isNoSpace(error: unknown): boolean {
  const code = codeOf(reasonOf(error));
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

/** What a failed write or sync throws: SEGMENT_NO_SPACE or SEGMENT_IO. */
export function writingError(error: unknown): BatonError {
  if (isNoSpace(error)) return batonError(errors.SEGMENT_NO_SPACE);
  return batonError(errors.SEGMENT_IO, { place: codeOf(reasonOf(error)) });
}

/** What a segment that could not be created throws: HOME_UNUSABLE too. */
export function openingError(error: unknown): BatonError {
  const code = codeOf(reasonOf(error));
  return isNoSpace(error) || code === "EIO" ? writingError(error) : batonError(errors.HOME_UNUSABLE, { place: code });
}

function reasonOf(error: unknown): unknown {
  return error instanceof WriteFailure ? error.reason : error;
}
