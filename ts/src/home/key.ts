/** install.key and what is derived from it: aliases and digests that mean nothing without it (docs/design.md). */
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { codeOf, homeError, ignoreFailure, syncFolder } from "../segment/system.js";

/** Bytes of install.key. */
const keyBytes = 32;

/** How long a reader waits for another process to finish writing the key, in milliseconds. */
const maxKeyWait = 1000;

/**
 * `prefix` ("ws-", "wt-", "s-") and 16 hexadecimal digits: HMAC-SHA-256 under the key of the purpose, a NUL and the
 * value, cut to 8 bytes.
 */
export function alias(key: Uint8Array, purpose: string, prefix: string, value: string): string {
  return prefix + hmac(key, `${purpose}\0${value}`).slice(0, 16);
}

/** 32 hexadecimal digits: as `alias`, cut to 16 bytes. */
export function digest(key: Uint8Array, purpose: string, value: string): string {
  return hmac(key, `${purpose}\0${value}`).slice(0, 32);
}

/** Tells which key a segment was written under: the first 8 bytes of HMAC(install.key, "id"). */
export function keyId(key: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update("id").digest().subarray(0, 8));
}

/**
 * Reads the key at `path`; undefined where there is none. Waits up to a second for one that is still being written.
 * Throws HOME_KEY on one that cannot be read or has another length, HOME_UNUSABLE where its folder is a file.
 */
export function readKeyFile(path: string): Uint8Array | undefined {
  const giveUpAt = performance.now() + maxKeyWait;
  for (;;) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw homeError(error, errors.HOME_KEY);
    }
    if (bytes.length === keyBytes) return new Uint8Array(bytes);
    if (bytes.length > keyBytes || performance.now() > giveUpAt) throw batonError(errors.HOME_KEY);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}

/**
 * Reads the key at `path`, or makes it: of several processes that do so at once, all get the same one. Throws HOME_KEY
 * like `readKeyFile` and where it cannot be made.
 */
export function createKeyFile(path: string): Uint8Array {
  const present = readKeyFile(path);
  if (present) return present;
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    writeSynced(temporary);
    try {
      linkSync(temporary, path);
    } catch (error) {
      // No hard links here (exFAT): whoever creates the file itself writes the key, the others wait for its length.
      if (codeOf(error) !== "EEXIST") writeExclusive(path);
    }
    syncFolder(dirname(path));
  } catch (error) {
    throw homeError(error, errors.HOME_KEY);
  } finally {
    // On a disk that is full, too: a host tries again and again.
    ignoreFailure(() => unlinkSync(temporary));
  }
  const made = readKeyFile(path);
  if (!made) throw batonError(errors.HOME_KEY);
  return made;
}

function writeExclusive(path: string): void {
  try {
    writeSynced(path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function writeSynced(path: string): void {
  const fd = openSync(path, "wx", 0o600);
  try {
    const key = randomBytes(keyBytes);
    for (let written = 0; written < keyBytes; ) written += writeSync(fd, key, written);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function hmac(key: Uint8Array, value: string): string {
  return createHmac("sha256", key).update(value).digest("hex");
}
