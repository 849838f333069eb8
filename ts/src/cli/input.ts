/** Standard input, as bytes. */
import { readSync } from "node:fs";
import { codeOf } from "../segment/system.js";

const newline = 0x0a;

/** Lines of stdin as bytes, without their newline; a last line without newline counts. */
export function* linesOfStdin(): Generator<Uint8Array> {
  const chunk = Buffer.alloc(64 * 1024);
  let rest: Uint8Array[] = [];
  for (let size = readChunk(chunk); size > 0; size = readChunk(chunk)) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0 && at < size; at = chunk.indexOf(newline, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, at)]);
      rest = [];
      from = at + 1;
    }
    if (from < size) rest.push(Buffer.from(chunk.subarray(from, size)));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

function readChunk(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk);
    } catch (error) {
      const code = codeOf(error);
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** All of stdin. */
export function allOfStdin(): Uint8Array {
  const parts: Uint8Array[] = [];
  const chunk = Buffer.alloc(64 * 1024);
  for (let size = readChunk(chunk); size > 0; size = readChunk(chunk)) parts.push(Buffer.from(chunk.subarray(0, size)));
  return Buffer.concat(parts);
}
