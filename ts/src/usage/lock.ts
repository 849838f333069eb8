/** One import at a time: `<state>/locks/import.<n>` (USE-024). Its age is judged by the real clock, never by BATON_NOW. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errors } from "../gen/tables.js";
import { BatonError, batonError } from "../record/error.js";
import { codeOf, homeError } from "../segment/system.js";

/** A held lock. */
export interface ImportLock {
  /** Says that the holder lives. Throws USAGE_BUSY when somebody else took the lock over. */
  touch(): void;
  /** Gives the lock back. Never throws. */
  release(): void;
}

/** A lock that was not touched for so many milliseconds is taken over. */
const staleMs = 10 * 60 * 1000;

/** Takes the lock in a folder that is made where missing. Throws USAGE_BUSY, or HOME_UNUSABLE where nothing can be written. */
export function lockImport(folder: string): ImportLock {
  const token = randomBytes(16).toString("hex");
  const path = claimPath(folder, token);
  const lock = heldLock(folder, path, token);
  // Somebody who listed the folder at the same moment may have taken another number: then both give way.
  if (listLocks(folder).some((other) => other.isLive && other.path !== path)) {
    lock.release();
    throw batonError(errors.USAGE_BUSY);
  }
  return lock;
}

function heldLock(folder: string, path: string, token: string): ImportLock {
  const isHeld = () => {
    try {
      return readFileSync(path, "latin1") === token;
    } catch {
      return false;
    }
  };
  return {
    touch() {
      if (!isHeld()) throw batonError(errors.USAGE_BUSY);
      const now = new Date();
      try {
        utimesSync(path, now, now);
      } catch (error) {
        throw codeOf(error) === "ENOENT" ? batonError(errors.USAGE_BUSY) : homeError(error, errors.HOME_UNUSABLE);
      }
    },
    release() {
      if (!isHeld()) return;
      for (const other of listLocks(folder)) if (!other.isLive) remove(other.path);
      remove(path);
    },
  };
}

interface SeenLock {
  readonly path: string;
  readonly number: number;
  readonly isLive: boolean;
}

function listLocks(folder: string): SeenLock[] {
  const locks: SeenLock[] = [];
  for (const name of readdirSync(folder)) {
    const number = /^import\.([0-9]{1,15})$/.exec(name)?.[1];
    if (number === undefined) continue;
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats) locks.push({ path, number: Number(number), isLive: Math.abs(Date.now() - stats.mtimeMs) < staleMs });
  }
  return locks;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Whoever took the lock over removes it too.
  }
}

/** Makes the file of the next number. */
function claimPath(folder: string, token: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const locks = listLocks(folder);
    if (locks.some((lock) => lock.isLive)) throw batonError(errors.USAGE_BUSY);
    const path = join(folder, `import.${1 + Math.max(0, ...locks.map((lock) => lock.number))}`);
    if (writeNew(path, token)) return path;
  } catch (error) {
    throw error instanceof BatonError ? error : homeError(error, errors.HOME_UNUSABLE);
  }
  throw batonError(errors.USAGE_BUSY);
}

/** Creates a file with its content; false where it is there already. */
function writeNew(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}
