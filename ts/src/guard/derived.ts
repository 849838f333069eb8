/** Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093). */
import { endOfRun, hexDigits, hexValue, parseByteSet, startOfRun } from "./byte-set.js";
import { withoutEscapes } from "./escape.js";
import type { Steps } from "./steps.js";
import { surveyed } from "./survey.js";

/** A derived text, and where its bytes come from. */
export interface Derived {
  readonly text: Uint8Array;
  /** By byte of `text`: its first byte in the original; one more for the end. Absent where all of it comes from one run. */
  readonly starts?: Int32Array;
  /** The bytes of the original that gave all of it. */
  readonly start: number;
  readonly end: number;
}

/** Shortest run that is decoded, in bytes: shorter than the encoding of any secret. */
export const shortestRun = 16;
/** What such a run is made of: both alphabets of base64, and with them hexadecimal. */
const runBytes = parseByteSet("A-Za-z0-9+/_-");
const shortestText = 12;
const shortestHex = 24;
const joints = parseByteSet("+/_-");
/** Bytes of text: printable ASCII, tabulator and line breaks. A zero behind one is left out: every other byte of UTF-16 is. */
const printable = parseByteSet(" -~\t\n\r");
/** Value of a digit of base64, in both alphabets; 64 for all other bytes. */
const sextets = new Uint8Array(256).fill(64);
for (const alphabet of ["+/", "-_"])
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", ...alphabet].forEach((digit, value) => {
    sextets[digit.charCodeAt(0)] = value;
  });

/** First digits of base64 whose byte can be text. */
const beginnings = parseByteSet("CDI-Za-f");

const none: readonly Derived[] = [];

/** Where the first run starts that base64 could be, -1 for none. A run that looks random is one, too. */
export function firstRun(text: Uint8Array): number {
  return startOfRun(runBytes, shortestRun, text, 0, text.length);
}

/**
 * All texts that the text holds in another spelling, once decoded; `seen` is the survey of it, and `run` its `firstRun`. Each
 * byte that is read costs a step.
 */
export function derivedTexts(text: Uint8Array, seen: number, run: number, steps: Steps): readonly Derived[] {
  if (run < 0 && (seen & surveyed.escape) === 0) return none;
  const found: Derived[] = [];
  decodeRuns(text, run, steps, found);
  const unescaped = (seen & surveyed.escape) === 0 ? undefined : withoutEscapes(text, steps);
  if (unescaped) found.push(unescaped);
  return found;
}

function decodeRuns(text: Uint8Array, firstStart: number, steps: Steps, found: Derived[]): void {
  let start = firstStart;
  while (start >= 0) {
    const end = endOfRun(runBytes, text, start + shortestRun, text.length);
    decodeRun(text, start, end, steps, found);
    start = startOfRun(runBytes, shortestRun, text, end, text.length);
  }
}

/** Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs. */
function decodeRun(text: Uint8Array, runStart: number, runEnd: number, steps: Steps, found: Derived[]): void {
  let behind = runStart;
  let isStart = true;
  for (let at = runStart; at <= runEnd - shortestRun; at++) {
    const digit = text[at] as number;
    if (isStart && at >= behind && beginnings[digit] === 1) {
      const derived = decodeBase64(text, at, runEnd, steps);
      if (derived) {
        found.push(derived);
        behind = derived.end;
      }
    }
    isStart = joints[digit] === 1;
  }
  let start = startOfRun(hexDigits, shortestHex, text, runStart, runEnd);
  while (start >= 0) {
    const end = endOfRun(hexDigits, text, start + shortestHex, runEnd);
    const derived = decodeHex(text, start, end, steps) ?? decodeHex(text, start + 1, end, steps);
    if (derived) found.push(derived);
    start = startOfRun(hexDigits, shortestHex, text, end, runEnd);
  }
}

/** Decodes from `start` as long as what comes out is text; undefined where that is too short. Most end in their first two bytes. */
function decodeBase64(text: Uint8Array, start: number, end: number, steps: Steps): Derived | undefined {
  const first = sextets[text[start] as number] as number;
  const second = sextets[text[start + 1] as number] as number;
  const third = sextets[text[start + 2] as number] as number;
  const isText = printable[((first << 2) | (second >> 4)) & 0xff] === 1;
  const next = ((second << 4) | (third >> 2)) & 0xff;
  if (!isText || (next !== 0 && printable[next] !== 1)) {
    steps.left -= isText ? 2 : 1;
    return undefined;
  }
  let [bits, count, at, length] = [0, 0, start, 0];
  for (; at < end; at++) {
    bits = ((bits << 6) | (sextets[text[at] as number] as number)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 0xff;
    if (printable[byte] === 1) length++;
    else if (byte !== 0 || length === 0) break;
  }
  steps.left -= at - start;
  if (length < shortestText) return undefined;
  const decoded = new Uint8Array(length);
  [bits, count, length] = [0, 0, 0];
  for (let i = start; i < at; i++) {
    bits = ((bits << 6) | (sextets[text[i] as number] as number)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 0xff;
    if (byte !== 0) decoded[length++] = byte;
  }
  return { text: decoded, start, end: at };
}

/** As `decodeBase64`, for pairs of hexadecimal digits. */
function decodeHex(text: Uint8Array, start: number, end: number, steps: Steps): Derived | undefined {
  let [at, length] = [start, 0];
  for (; at + 1 < end; at += 2) {
    const byte = hexByte(text, at);
    if (printable[byte] === 1) length++;
    else if (byte !== 0 || length === 0) break;
  }
  steps.left -= at - start;
  if (length < shortestText) return undefined;
  const decoded = new Uint8Array(length);
  length = 0;
  for (let i = start; i < at; i += 2) {
    const byte = hexByte(text, i);
    if (byte !== 0) decoded[length++] = byte;
  }
  return { text: decoded, start, end: at };
}

function hexByte(text: Uint8Array, at: number): number {
  return hexValue(text[at] as number) * 16 + hexValue(text[at + 1] as number);
}
