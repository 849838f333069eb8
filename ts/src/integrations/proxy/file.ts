/** How the proxy reads the end of its usage.jsonl, and replaces the file. Both are synchronous, as upstream has them. */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** The last `maxBytes` of a file as text, from the first whole line on where the file is longer. */
export function readTail(path: string, maxBytes: number): string {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(0, size - maxBytes);
    const bytes = Buffer.alloc(size - start);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(fd, bytes, length, bytes.length - length, start + length);
      if (count === 0) break;
      length += count;
    }
    const text = bytes.toString("utf8", 0, length);
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    closeSync(fd);
  }
}

/** Puts a text in the place of a file, through a temporary one beside it that a failure does not leave behind. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp.${process.pid}.${Date.now()}`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The error that led here is the one to tell.
  }
}
