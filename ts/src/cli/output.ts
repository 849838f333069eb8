/** What people and programs see: data on stdout, everything else on stderr, errors in one form. */
import { writeSync } from "node:fs";
import { isHidden } from "../brief/escape.js";
import { BatonError } from "../record/error.js";
import { codeOf } from "../segment/system.js";

/** Writes data to stdout, all of it before it returns. A reader that went away ends the program silently. */
export function print(text: string): void {
  writeAll(1, text);
}

/** Writes a line for people to stderr. */
export function tell(line: string): void {
  writeAll(2, `${line}\n`);
}

/** Prints an error as `error[BTN-…]: …` and `help: …`; anything that is no BatonError is a defect and shown as one. */
export function printError(error: unknown): void {
  if (error instanceof BatonError) {
    tell(`error[${error.code}]: ${escapeForTerminal(error.message)}`);
    tell(`help: ${error.remedy}`);
  } else {
    tell(`error: defect in baton: ${escapeForTerminal(error instanceof Error ? error.message : String(error))}`);
    tell("help: report it with the command that you ran; nothing that was recorded is lost");
  }
}

/**
 * Text of a record, a file name or an error for people: what is hidden in a brief (BRF-032) prints in the same form, such
 * as \u{1b}. A backslash stays one, so that paths can be copied. `shown` of the doctor prints the same.
 */
export function escapeForTerminal(text: string): string {
  let safe = "";
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    safe += isHidden(point) ? `\\u{${point.toString(16)}}` : character;
  }
  return safe;
}

/** Lines up cells in columns, two spaces apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
  return rows
    .map((row) => row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = codeOf(error);
      if (code === "EPIPE") process.exit(0);
      if (code !== "EAGAIN") throw error;
    }
  }
}
