/** `baton guard`: stdin lines of class and text in, verdicts out, one line each (docs/privacy.md). */
import { readSync } from "node:fs";
import type { Command } from "commander";
import { guardLine } from "../../guard/lines.js";
import { codeOf } from "../../segment/system.js";
import { print } from "../output.js";

const newline = 0x0a;

/** Adds the command. */
export function registerGuard(program: Command): void {
  program
    .command("guard")
    .description("judge texts: one JSON line in, one verdict out")
    .addHelpText("after", `\nExample:\n  echo '{"class":"NOTE","text":"tests pass"}' | baton guard`)
    .action(() => {
      for (const line of linesOfStdin()) print(`${guardLine(line)}\n`);
    });
}

/** Lines of stdin as bytes, without their newline; a last line without newline counts. */
function* linesOfStdin(): Generator<Uint8Array> {
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
