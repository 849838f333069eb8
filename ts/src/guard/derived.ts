/** Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093). */
import { hexDigits, hexValue, isIn, parseByteSet } from "./byte-set.js";
import { withoutEscapes } from "./escape.js";
import type { Steps } from "./steps.js";

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
const shortestText = 12;
const shortestHex = 24;
/** What a run is made of: both alphabets of base64, and with them hexadecimal. */
export const runBytes = parseByteSet("A-Za-z0-9+/_-");
const joints = parseByteSet("+/_-");
/** Bytes that begin an escape: percent, backslash, ampersand. */
const escapeBytes = parseByteSet("%\\&");
/** Kinds of bytes for the one pass that looks for both: 1 for a run, 2 for an escape. */
const kinds = runBytes.map((isRun, byte) => (isRun === 1 ? 1 : escapeBytes[byte] === 1 ? 2 : 0));
/** Bytes of text: printable ASCII, tabulator and line breaks. */
const printable = parseByteSet(" -~\t\n\r");
/** Value of a digit of base64, in both alphabets; 64 for all other bytes. */
const sextets = new Uint8Array(256).fill(64);
for (const alphabet of ["+/", "-_"])
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", ...alphabet].forEach((digit, value) => {
    sextets[digit.charCodeAt(0)] = value;
  });

/** All texts that the text holds in another spelling, once decoded. Each byte that is read costs a step. */
export function derivedTexts(text: Uint8Array, steps: Steps): Derived[] {
  const found: Derived[] = [];
  let hasEscape = false;
  let runStart = 0;
  for (let at = 0; at <= text.length; at++) {
    const kind = at < text.length ? kinds[text[at] as number] : 0;
    if (kind === 1) continue;
    if (kind === 2) hasEscape = true;
    if (at - runStart >= shortestRun) decodeRun(text, runStart, at, steps, found);
    runStart = at + 1;
  }
  const unescaped = hasEscape ? withoutEscapes(text, steps) : undefined;
  if (unescaped) found.push(unescaped);
  return found;
}

/** Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs. */
function decodeRun(text: Uint8Array, runStart: number, runEnd: number, steps: Steps, found: Derived[]): void {
  let hexStart = runStart;
  let behind = runStart;
  for (let at = runStart; at <= runEnd; at++) {
    if (at >= behind && (at === runStart || isIn(joints, text, at - 1))) {
      const derived = decodeBase64(text, at, runEnd, steps);
      if (derived) {
        found.push(derived);
        behind = derived.end;
      }
    }
    if (at < runEnd && isIn(hexDigits, text, at)) continue;
    if (at - hexStart >= shortestHex) {
      const derived = decodeHex(text, hexStart, at, steps) ?? decodeHex(text, hexStart + 1, at, steps);
      if (derived) found.push(derived);
    }
    hexStart = at + 1;
  }
}

/** Decodes from `start` as long as what comes out is text; undefined where that is too short. */
function decodeBase64(text: Uint8Array, start: number, end: number, steps: Steps): Derived | undefined {
  if (end - start < shortestRun) return undefined;
  const bytes: number[] = [];
  let [bits, count, at] = [0, 0, start];
  for (; at < end; at++) {
    bits = ((bits << 6) | (sextets[text[at] as number] as number)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    if (!pushText(bytes, (bits >> count) & 0xff)) break;
  }
  steps.left -= at - start;
  return bytes.length < shortestText ? undefined : { text: Uint8Array.from(bytes), start, end: at };
}

function decodeHex(text: Uint8Array, start: number, end: number, steps: Steps): Derived | undefined {
  const bytes: number[] = [];
  let at = start;
  for (; at + 1 < end; at += 2) {
    const byte = hexValue(text[at] as number) * 16 + hexValue(text[at + 1] as number);
    if (!pushText(bytes, byte)) break;
  }
  steps.left -= at - start;
  return bytes.length < shortestText ? undefined : { text: Uint8Array.from(bytes), start, end: at };
}

/** Takes one more byte of text; every other byte of UTF-16 is left out. False where it is no text. */
function pushText(bytes: number[], byte: number): boolean {
  if (byte === 0 && bytes.length > 0) return true;
  if (printable[byte] === 0) return false;
  bytes.push(byte);
  return true;
}
