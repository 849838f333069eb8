/** A claim as a file: `claims/<action>.<generation>` (docs/proof.md, section 5). */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { codeOf } from "../segment/system.js";

/** How an action ended. */
export type ClosedState = "done" | "dropped";

/** What a claim file holds, with the action and the generation of its name. */
export interface Claim {
  readonly action: string;
  /** How often the action was claimed: 1 and up. */
  readonly generation: number;
  /** Alias or chosen name; absent where the file cannot be read. */
  readonly claimer?: string;
  /** End of the lease: milliseconds since 1970. */
  readonly leaseUntil: number;
}

/** How long a reader waits for a file whose content is still being written, in milliseconds (CLM-006). */
const contentWait = 1000;

/** Longest claim file that is read, in bytes. */
const lengthLimit = 4096;

/** The claim of the highest generation; undefined where there is none. */
export function highestClaim(folder: string, action: string): Claim | undefined {
  for (;;) {
    const generation = Math.max(0, ...generationsOf(folder, action));
    if (generation === 0) return undefined;
    const claim = readClaim(folder, action, generation);
    if (claim !== undefined) return claim;
  }
}

/** One claim; undefined where its file is not there. A file that stays unreadable is a lease that ended long ago. */
export function readClaim(folder: string, action: string, generation: number): Claim | undefined {
  const giveUpAt = performance.now() + contentWait;
  for (;;) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, `${action}.${generation}`));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
    const content = parseContent(bytes);
    if (content !== undefined) return { action, generation, ...content };
    if (performance.now() > giveUpAt) return { action, generation, leaseUntil: 0 };
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}

/** Makes the file of the claim; false where that generation is there already. */
export function createClaim(folder: string, claim: Claim): boolean {
  return createWhole(pathOf(folder, claim), contentOf(claim));
}

/** Puts new content in place of the old in one step. */
export function replaceClaim(folder: string, claim: Claim): void {
  const path = pathOf(folder, claim);
  renameSync(writeTemporary(path, contentOf(claim)), path);
}

/** Takes back a claim that this process has just made. */
export function withdrawClaim(folder: string, claim: Claim): void {
  unlinkSync(pathOf(folder, claim));
}

/** How the action was closed; undefined while it is open. */
export function closedState(folder: string, action: string): ClosedState | undefined {
  try {
    return readFileSync(join(folder, `${action}.closed`), "utf8") === "dropped\n" ? "dropped" : "done";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Closes the action for good; false where it is closed already. */
export function createClosed(folder: string, action: string, state: ClosedState): boolean {
  return createWhole(join(folder, `${action}.closed`), `${state}\n`);
}

function pathOf(folder: string, { action, generation }: Claim): string {
  return join(folder, `${action}.${generation}`);
}

function generationsOf(folder: string, action: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${action}.`))
    .map((name) => name.slice(action.length + 1))
    .filter((suffix) => /^[1-9][0-9]{0,8}$/.test(suffix))
    .map(Number);
}

function contentOf({ claimer, leaseUntil }: Claim): string {
  return `${JSON.stringify({ claimer, leaseUntil })}\n`;
}

function parseContent(bytes: Buffer): Pick<Claim, "claimer" | "leaseUntil"> | undefined {
  if (bytes.length > lengthLimit || bytes.at(-1) !== 0x0a) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  const { claimer, leaseUntil } = (value ?? {}) as Record<string, unknown>;
  if (typeof leaseUntil !== "number" || !Number.isSafeInteger(leaseUntil)) return undefined;
  return typeof claimer === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(claimer)
    ? { claimer, leaseUntil }
    : undefined;
}

/** Makes a file with its content in one step; false where it is there already (CLM-002). */
function createWhole(path: string, content: string): boolean {
  const temporary = writeTemporary(path, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    return codeOf(error) === "EEXIST" ? false : createWithoutLinks(path, content);
  } finally {
    unlinkSync(temporary);
  }
}

/** On file systems without hard links: the name is won first, and the content follows at once. */
function createWithoutLinks(path: string, content: string): boolean {
  try {
    writeNew(path, content);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function writeTemporary(path: string, content: string): string {
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  writeNew(temporary, content);
  return temporary;
}

function writeNew(path: string, content: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}
