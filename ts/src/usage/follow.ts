/** Following a usage.jsonl as it grows (USE-027). */
import { closeSync, fstatSync, openSync } from "node:fs";
import { errors } from "../gen/tables.js";
import { BatonError, batonError } from "../record/error.js";
import { codeOf, readRange } from "../segment/system.js";
import { type FileProgress, newProgress } from "./plan.js";

/** The next complete lines of a file. */
export interface UsagePart {
  readonly bytes: Uint8Array;
  /** For `importUsage`. */
  readonly progress: FileProgress;
}

/** Reads a file part by part. */
export interface UsageTail {
  /** The complete lines that are new since the last part, undefined where there are none or no file. */
  next(): UsagePart | undefined;
  /** Starts over at the beginning of the file. */
  restart(): void;
}

/** What to follow. */
export interface FollowOptions {
  readonly path: string;
  /** Takes a part; when it throws USAGE_BUSY, the file is offered again from its start at the next look. */
  readonly onPart: (part: UsagePart) => void;
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at the file; 1000 where absent. */
  readonly everyMs?: number;
}

/** Offers the file and then what is added to it, until the signal. Throws what `onPart` throws, and USAGE_FILE. */
export async function followUsage(options: FollowOptions): Promise<void> {
  const tail = tailOf(options.path);
  while (!options.signal.aborted) {
    try {
      const part = tail.next();
      if (part) options.onPart(part);
    } catch (error) {
      if (!(error instanceof BatonError) || error.code !== errors.USAGE_BUSY.id) throw error;
      tail.restart();
    }
    await pause(options.everyMs ?? 1000, options.signal);
  }
}

/** A tail of the file at a path, which need not exist yet. `next` throws USAGE_FILE where it cannot be read. */
export function tailOf(path: string): UsageTail {
  let seen = nothingSeen();
  return {
    next() {
      const fd = open(path);
      if (fd === undefined) return undefined;
      try {
        const { ino, size } = fstatSync(fd);
        if (ino === seen.inode && size === seen.size) return undefined;
        if (!isSameFile(fd, ino, size, seen)) seen = nothingSeen();
        seen.inode = ino;
        seen.size = size;
        const bytes = readRange(fd, seen.offset, size);
        const complete = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
        if (complete.length === 0) return undefined;
        seen.offset += complete.length;
        seen.before = complete.subarray(-proofBytes);
        return { bytes: complete, progress: seen.progress };
      } catch (error) {
        throw error instanceof BatonError ? error : batonError(errors.USAGE_FILE);
      } finally {
        closeSync(fd);
      }
    },
    restart() {
      seen = nothingSeen();
    },
  };
}

/** Bytes before the offset that must still be there; lines hold times, so another file has others. */
const proofBytes = 512;

interface Seen {
  inode: number;
  size: number;
  offset: number;
  before: Uint8Array;
  progress: FileProgress;
}

function nothingSeen(): Seen {
  return { inode: -1, size: 0, offset: 0, before: new Uint8Array(), progress: newProgress() };
}

/** Whether the file is still the one that was seen, only longer: upstream's prune renames a new file over the old. */
function isSameFile(fd: number, inode: number, size: number, seen: Seen): boolean {
  if (inode !== seen.inode || size < seen.offset) return false;
  const before = readRange(fd, seen.offset - seen.before.length, seen.offset);
  return before.length === seen.before.length && before.every((byte, i) => byte === seen.before[i]);
}

function open(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw batonError(errors.USAGE_FILE);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
