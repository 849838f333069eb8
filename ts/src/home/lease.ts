/**
 * Leases: one process at a time does a thing, such as an import or a merge, and holds `<state>/locks/<name>.<n>` while it
 * does. Their age is judged by the real clock, never by BATON_NOW.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { codeOf } from "../segment/system.js";

/** A lease that was taken. */
export interface Lease {
  /** Whether it is still this process that holds it: nobody took it over after a long pause. Never throws. */
  holds(): boolean;
  /** Says that the holder lives; false, and nothing is said, where it does not hold the lease any more. */
  touch(): boolean;
  /** Gives the lease back. Never throws. */
  release(): void;
}

/** A lease that was not touched for so many milliseconds is taken over. */
const staleMs = 10 * 60 * 1000;

/**
 * Takes the lease of a name, of lower-case letters, in a folder that is made where missing. Gives undefined where
 * somebody else holds it; throws what the file system throws where nothing can be written.
 */
export function takeLease(folder: string, name: string): Lease | undefined {
  const token = randomBytes(16).toString("hex");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const before = leasesIn(folder, name);
  if (before.some((other) => other.isLive)) return undefined;
  const number = 1 + Math.max(0, ...before.map((other) => other.number));
  const path = join(folder, `${name}.${number}`);
  if (!writeNew(path, token)) return undefined;
  const lease = heldLease({ folder, name, number, path, token });
  // Somebody who listed the folder at the same moment may have taken another number: then both give way.
  if (leasesIn(folder, name).some((other) => other.isLive && other.path !== path)) {
    lease.release();
    return undefined;
  }
  return lease;
}

interface Taken {
  readonly folder: string;
  readonly name: string;
  readonly number: number;
  readonly path: string;
  readonly token: string;
}

function heldLease({ folder, name, number, path, token }: Taken): Lease {
  const isThere = (): boolean => readFileSync(path, "latin1") === token;
  // Whoever takes a lease over takes the next number, and leaves the file of the former holder where it is.
  const holds = (): boolean => {
    try {
      return isThere() && !leasesIn(folder, name).some((other) => other.number > number);
    } catch {
      return false;
    }
  };
  return {
    holds,
    touch() {
      if (!holds()) return false;
      const now = new Date();
      utimesSync(path, now, now);
      return true;
    },
    release() {
      try {
        if (!isThere()) return;
        for (const other of leasesIn(folder, name)) if (!other.isLive) remove(other.path);
        remove(path);
      } catch {
        // It was taken over, and removed with that.
      }
    },
  };
}

interface SeenLease {
  readonly path: string;
  readonly number: number;
  readonly isLive: boolean;
}

function leasesIn(folder: string, name: string): SeenLease[] {
  const leases: SeenLease[] = [];
  const pattern = new RegExp(`^${name}\\.([0-9]{1,15})$`);
  for (const file of readdirSync(folder)) {
    const number = pattern.exec(file)?.[1];
    if (number === undefined) continue;
    const path = join(folder, file);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats) leases.push({ path, number: Number(number), isLive: Math.abs(Date.now() - stats.mtimeMs) < staleMs });
  }
  return leases;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Whoever took the lease over removes it too.
  }
}

/** Creates a file with its content; false where it is there already. One that it cannot fill holds up nobody: it goes again. */
function writeNew(path: string, content: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(fd, content);
  } catch (error) {
    remove(path);
    throw error;
  } finally {
    closeSync(fd);
  }
  return true;
}
