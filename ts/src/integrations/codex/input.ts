/** The event on standard input. */
import { readSync } from "node:fs";
import { codeOf } from "../../segment/system.js";

/** Most bytes of an event; a longer one is not read. */
const mostBytes = 1024 * 1024;

/** How long the next bytes are waited for, in milliseconds. */
const mostWait = 1000;

/** The JSON on a file descriptor, to its end. Gives undefined for too much, for too late and for what is no JSON. */
export function readEvent(fd: number): unknown {
  const bytes = readAll(fd);
  try {
    return bytes && JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function readAll(fd: number): Buffer | undefined {
  const bytes = Buffer.alloc(mostBytes + 1);
  let length = 0;
  let giveUpAt = performance.now() + mostWait;
  while (length < bytes.length) {
    try {
      const count = readSync(fd, bytes, length, bytes.length - length, null);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      giveUpAt = performance.now() + mostWait;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EOF") return bytes.subarray(0, length);
      if (code !== "EAGAIN" || performance.now() > giveUpAt) return undefined;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return undefined;
}
