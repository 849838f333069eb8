/**
 * The ordinal that a new line of usage.jsonl will have among its twins (USE-021), without reading the file or the
 * segments for each line (USE-063). Twins have one `ts`, so it is enough to know which times the file holds: the file
 * is read once, and then what others append.
 */
import { promises } from "node:fs";
import { codeOf } from "../../segment/system.js";
import type { UsageEvent } from "../../usage/clean.js";
import { identityOf, parseLine } from "../../usage/line.js";
import { completeLines, endOfLines, isBlank } from "../../usage/lines.js";

/** Numbers the lines of one file. Calls must not overlap. */
export interface Ordinals {
  /** How many twins of the event the file holds, or this process has numbered. Rejects where it cannot be read. */
  next(event: UsageEvent): Promise<number>;
  /** Says that bytes of a line, its newline among them, were appended by this process. */
  appended(bytes: number): void;
}

/** Bytes that are parsed at a time: well under a millisecond, so that no request waits for it. */
const chunkBytes = 32 * 1024;

/** A line longer than this is none of the proxy's. */
const mostLineBytes = 1024 * 1024;

/** Times of which the lines are counted in memory. */
const mostTimes = 256;

/** Numbers the lines of the file at a path, which need not exist. `onEvent` gets every event that is read in it. */
export function ordinalsOf(path: string, onEvent: (event: UsageEvent) => void): Ordinals {
  let inode = -1;
  /** Bytes of the file that are counted: all before a newline. */
  let offset = 0;
  /** No line has a time between these two, but those in `near`. */
  let below = Number.NEGATIVE_INFINITY;
  let above = Number.POSITIVE_INFINITY;
  /** How often each identity stands at a time; of each time that is here, all lines are. */
  const near = new Map<number, Map<string, number>>();

  function isOpen(ts: number): boolean {
    return near.has(ts) || (below < ts && ts < above);
  }

  /** Counts a line of the file; `ts` is the time that is asked for. */
  function count(event: UsageEvent, ts: number): void {
    const identities = near.get(event.ts);
    if (identities) add(identities, identityOf(event));
    else if (event.ts === ts) add(identitiesAt(ts), identityOf(event));
    else if (event.ts < ts) below = Math.max(below, event.ts);
    else above = Math.min(above, event.ts);
  }

  function identitiesAt(ts: number): Map<string, number> {
    let identities = near.get(ts);
    if (!identities) {
      identities = new Map();
      near.set(ts, identities);
    }
    return identities;
  }

  /** Reads what the file has got since the last look, or all of it where it is another one or the time is not open. */
  async function catchUp(ts: number): Promise<void> {
    const seen = await statOf(path);
    if (seen === undefined) {
      inode = -1;
      offset = 0;
      return;
    }
    if (seen.ino === inode && seen.size === offset && isOpen(ts)) return;
    const file = await promises.open(path, "r");
    try {
      const { ino, size } = await file.stat();
      if (ino === inode && size > offset) await read(file, size, ts);
      if (ino === inode && size >= offset && isOpen(ts)) return;
      inode = ino;
      offset = 0;
      below = Number.NEGATIVE_INFINITY;
      above = Number.POSITIVE_INFINITY;
      near.clear();
      await read(file, size, ts);
    } finally {
      await file.close();
    }
  }

  /** Counts the complete lines from `offset` on and moves it behind them. */
  async function read(file: promises.FileHandle, end: number, ts: number): Promise<void> {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let rest = Buffer.alloc(0);
    for (let at = offset; at < end; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunkBytes, end - at), at);
      if (bytesRead === 0) return;
      at += bytesRead;
      const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      for (const text of completeLines(bytes)) {
        if (text === undefined || isBlank(text)) continue;
        const parsed = parseLine(text);
        if (parsed.verdict === "refused") continue;
        onEvent(parsed.event);
        count(parsed.event, ts);
      }
      rest = bytes.subarray(endOfLines(bytes));
      offset = at - rest.length;
      if (rest.length > mostLineBytes) throw new RangeError("a line of the usage file is too long");
    }
  }

  return {
    async next(event) {
      const { ts } = event;
      await catchUp(ts);
      const ordinal = add(identitiesAt(ts), identityOf(event));
      for (const [time] of near) {
        if (near.size <= mostTimes) break;
        near.delete(time);
        if (time < ts) below = Math.max(below, time);
        else above = Math.min(above, time);
      }
      return ordinal;
    },
    appended(bytes) {
      offset += bytes;
    },
  };
}

/** Counts one more and gives how many there were. */
function add(identities: Map<string, number>, identity: string): number {
  const before = identities.get(identity) ?? 0;
  identities.set(identity, before + 1);
  return before;
}

/** Throws where the path is no regular file: opening another one might wait for ever. */
async function statOf(path: string): Promise<{ ino: number; size: number } | undefined> {
  try {
    const stats = await promises.stat(path);
    if (!stats.isFile()) throw new RangeError("the usage file is no regular file");
    return stats;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
