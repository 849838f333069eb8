/** Splits a shell line into words, by the rules of the POSIX shell as far as its first simple command goes (PRV-060). */
import { isIn, parseByteSet } from "./byte-set.js";

/** A word: its bytes without quotes, and where it stands in the line. */
export interface Word {
  readonly text: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** The words of the first simple command. */
export interface ShellLine {
  readonly words: readonly Word[];
  /** Offset at which more than plain words begins: an operator, a substitution, a comment, an open quote. -1 for none. */
  readonly compoundAt: number;
}

const blank = parseByteSet(" \t");
/** Bytes that end a word and begin something else: | & ; < > ( ) and line breaks */
const operator = parseByteSet("|&;<>()\n\r");
/** Bytes that stand for themselves: all but blanks, operators, quotes, backslash, dollar and backquote. */
const plain = new Uint8Array(256).map((_, byte) =>
  blank[byte] === 1 || operator[byte] === 1 || [0x22, 0x24, 0x27, 0x5c, 0x60].includes(byte) ? 0 : 1,
);
const escapable = parseByteSet('"$`\\\n');
const [doubleQuote, hash, dollar, quote, open, backslash, backquote] = [0x22, 0x23, 0x24, 0x27, 0x28, 0x5c, 0x60];

/** Splits the line. Linear; never fails. */
export function splitShellLine(line: Uint8Array): ShellLine {
  const words: Word[] = [];
  let unquoted: Unquoted | undefined;
  let at = 0;
  while (at < line.length) {
    if (isIn(blank, line, at)) {
      at++;
      continue;
    }
    if (isIn(operator, line, at) || line[at] === hash) return { words, compoundAt: at };
    const start = at;
    while (at < line.length && isIn(plain, line, at)) at++;
    if (at === line.length || isIn(blank, line, at) || isIn(operator, line, at)) {
      words.push({ text: line.subarray(start, at), start, end: at });
      continue;
    }
    unquoted ??= { bytes: new Uint8Array(line.length), length: 0 };
    const from = unquoted.length;
    for (let i = start; i < at; i++) add(unquoted, line[i] as number);
    while (at < line.length && !isIn(blank, line, at) && !isIn(operator, line, at)) {
      const next = readPiece(line, at, unquoted);
      if (next < 0) return { words, compoundAt: at };
      at = next;
    }
    words.push({ text: unquoted.bytes.subarray(from, unquoted.length), start, end: at });
  }
  return { words, compoundAt: -1 };
}

/** The words that stand not as they are in the line, one behind the other. */
interface Unquoted {
  readonly bytes: Uint8Array;
  length: number;
}

/** Reads one byte, escape or quoted piece of a word; gives the offset behind it, -1 where a word cannot go on so. */
function readPiece(line: Uint8Array, at: number, into: Unquoted): number {
  const byte = line[at] as number;
  if (byte === quote) {
    const end = line.indexOf(quote, at + 1);
    if (end < 0) return -1;
    for (let i = at + 1; i < end; i++) add(into, line[i] as number);
    return end + 1;
  }
  if (byte === doubleQuote) return readDoubleQuoted(line, at + 1, into);
  if (byte === backslash) {
    if (at + 1 >= line.length) return -1;
    add(into, line[at + 1] as number);
    return at + 2;
  }
  if (isSubstitution(line, at)) return -1;
  add(into, byte);
  return at + 1;
}

function add(into: Unquoted, byte: number): void {
  into.bytes[into.length++] = byte;
}

function readDoubleQuoted(line: Uint8Array, start: number, into: Unquoted): number {
  for (let at = start; at < line.length; at++) {
    if (line[at] === doubleQuote) return at + 1;
    if (isSubstitution(line, at)) return -1;
    if (line[at] === backslash && isIn(escapable, line, at + 1)) at++;
    add(into, line[at] as number);
  }
  return -1;
}

function isSubstitution(line: Uint8Array, at: number): boolean {
  return line[at] === backquote || (line[at] === dollar && line[at + 1] === open);
}
