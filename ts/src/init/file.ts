/** Files that belong to somebody else: looked at before anything is written, written in one step, mode and links kept. */
import { accessSync, constants, existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { codeOf } from "../segment/system.js";

/** A file as it was found. */
export interface Seen {
  /** Where it really lies: what a link leads to. */
  readonly target: string;
  /** Its bytes; undefined where there is none. */
  readonly bytes: Uint8Array | undefined;
  /** Its permission bits. */
  readonly mode: number | undefined;
}

/** Bytes above which a file of a client is none that people write. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Reads a file that is about to be edited. Throws CLIENT_FILE, with the path and the reason as place, where it is no file,
 * cannot be read or written, or is a link that leads nowhere; and where its folder cannot be written.
 */
export function look(path: string): Seen {
  let target = path;
  try {
    if (!isThere(path)) {
      accessSync(existingFolder(path), constants.W_OK | constants.X_OK);
      return { target, bytes: undefined, mode: undefined };
    }
    target = realpathSync(path);
    const stats = statSync(target);
    if (!stats.isFile()) throw refused(path, "not a file");
    if (stats.size > mostBytes) throw refused(path, "larger than 16 MiB");
    accessSync(target, constants.R_OK | constants.W_OK);
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
    return { target, bytes: new Uint8Array(readFileSync(target)), mode: stats.mode & 0o7777 };
  } catch (error) {
    throw codeOf(error) === "unknown" ? error : refused(path, codeOf(error));
  }
}

/** Bytes of a file; undefined where there is none. Throws CLIENT_FILE. */
export function bytesOf(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw refused(path, codeOf(error));
  }
}

/** Folders that have to be made for a folder to be there, outermost first. */
export function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}

/** Writes a file in one step, through its links; mode and owner of what is there stay, `mode` is for a new one. */
export async function writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const isNew = !isThere(path);
  try {
    await writeFileAtomic(path, Buffer.from(bytes), isNew ? { mode } : {});
  } catch (error) {
    throw refused(path, codeOf(error));
  }
}

/** CLIENT_FILE with a reason. */
export function refused(path: string, reason: string): Error {
  return batonError(errors.CLIENT_FILE, { place: `${path}: ${reason}` });
}

/** Whether two contents are the same; a missing one is the same as a missing one. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

/** Whether a name is there, a link that leads nowhere included. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The innermost folder above a path that is there. */
function existingFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
