/** Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093). */
import { hexDigits, hexValue, parseByteSet } from "./byte-set.js";
import { withoutEscapes } from "./escape.js";
import type { Steps } from "./steps.js";
import { runBytes, shortestRun, surveyed } from "./survey.js";

/** A derived text, and where its bytes come from. */
export interface Derived {
  readonly text: Uint8Array;
  /** By byte of `text`: its first byte in the original; one more for the end. Absent where all of it comes from one run. */
  readonly starts?: Int32Array;
  /** The bytes of the original that gave all of it. */
  readonly start: number;
  readonly end: number;
}

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

const [isJoint, isHex, isBeginning] = [1, 2, 4];
/** What a byte is in a run; a beginning is a first digit of base64 whose first byte is text, whatever the second digit is. */
const kinds = sextets.map((value, byte) => {
  const joint = joints[byte] === 1 ? isJoint : 0;
  const hex = hexDigits[byte] === 1 ? isHex : 0;
  return joint | hex | (value < 64 && printable[(value << 2) | 1] === 1 ? isBeginning : 0);
});

const none: readonly Derived[] = [];

/**
 * All texts that the text holds in another spelling, once decoded; `seen` is the survey of it. Each byte that is read costs a
 * step.
 */
export function derivedTexts(text: Uint8Array, seen: number, steps: Steps): readonly Derived[] {
  if ((seen & (surveyed.run | surveyed.escape)) === 0) return none;
  const found: Derived[] = [];
  if ((seen & surveyed.run) !== 0) decodeRuns(text, steps, found);
  const unescaped = (seen & surveyed.escape) === 0 ? undefined : withoutEscapes(text, steps);
  if (unescaped) found.push(unescaped);
  return found;
}

function decodeRuns(text: Uint8Array, steps: Steps, found: Derived[]): void {
  let runStart = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && runBytes[text[at] as number] === 1) continue;
    if (at - runStart >= shortestRun) decodeRun(text, runStart, at, steps, found);
    runStart = at + 1;
  }
}

/** Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs. */
function decodeRun(text: Uint8Array, runStart: number, runEnd: number, steps: Steps, found: Derived[]): void {
  let behind = runStart;
  let isStart = true;
  let hexLength = 0;
  for (let at = runStart; at < runEnd; at++) {
    const kind = kinds[text[at] as number] as number;
    if (isStart && (kind & isBeginning) !== 0 && at >= behind) {
      const derived = decodeBase64(text, at, runEnd, steps);
      if (derived) {
        found.push(derived);
        behind = derived.end;
      }
    }
    isStart = (kind & isJoint) !== 0;
    if ((kind & isHex) !== 0) hexLength++;
    else {
      if (hexLength >= shortestHex) decodeHexRun(text, at - hexLength, at, steps, found);
      hexLength = 0;
    }
  }
  if (hexLength >= shortestHex) decodeHexRun(text, runEnd - hexLength, runEnd, steps, found);
}

function decodeHexRun(text: Uint8Array, start: number, end: number, steps: Steps, found: Derived[]): void {
  const derived = decodeHex(text, start, end, steps) ?? decodeHex(text, start + 1, end, steps);
  if (derived) found.push(derived);
}

/** Decodes from `start` as long as what comes out is text; undefined where that is too short. */
function decodeBase64(text: Uint8Array, start: number, end: number, steps: Steps): Derived | undefined {
  if (end - start < shortestRun) return undefined;
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
