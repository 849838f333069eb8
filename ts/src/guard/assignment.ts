/** Secrets that are known by the name before them: keyword, operator, value (PRV-042, PRV-043). */
import { startsWith } from "./automaton.js";
import { alphanumeric, type ByteSet, digits, isIn, letters, lower, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import type { AssignmentRule } from "./pack.js";
import { isPlaceholder, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";

/** The assignment rule, compiled. */
export interface Assignment {
  readonly operators: readonly Uint8Array[];
  readonly schemes: readonly Uint8Array[];
  readonly quotes: ByteSet;
  readonly stops: ByteSet;
  readonly trailing: ByteSet;
  readonly minBytes: number;
}

const utf8 = new TextEncoder();
const mostGap = 16;
const mostFiller = 24;
const mostName = 48;
const mostValue = 512;
const blank = parseByteSet(" \t");
const nameBytes = parseByteSet("A-Za-z0-9_-");
const special = parseByteSet("!@#$%^*+=~?&");
const joint = parseByteSet("_./:+@,-");
const [minus, backslash, bracket, underscore] = [0x2d, 0x5c, 0x5d, 0x5f];

/** Compiles the assignment rule. */
export function compileAssignment(rule: AssignmentRule): Assignment {
  const operators = rule.operators.map((operator) => utf8.encode(operator)).sort((a, b) => b.length - a.length);
  const stops = parseByteSet(rule.stops);
  for (let byte = 0; byte <= 0x20; byte++) stops[byte] = 1;
  stops[0x7f] = 1;
  return {
    operators,
    schemes: rule.schemes.map((scheme) => utf8.encode(scheme)),
    quotes: parseByteSet(rule.quotes),
    stops,
    trailing: parseByteSet(rule.trailing),
    minBytes: rule.minBytes,
  };
}

/** The value of the name that ends in the keyword at `start..end`, if it looks like a secret. */
export function matchAssignment(
  rule: Assignment,
  placeholders: Placeholders,
  isSpaced: boolean,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): Finding | undefined {
  const valueStart = startOfValue(rule, isSpaced, text, start, end);
  if (valueStart < 0) return undefined;
  const escaped = text[valueStart] === backslash && isIn(rule.quotes, text, valueStart + 1);
  const quoteAt = escaped ? valueStart + 1 : valueStart;
  const isQuoted = isIn(rule.quotes, text, quoteAt);
  const from = isQuoted ? quoteAt + 1 : valueStart;
  const to = isQuoted ? endOfQuoted(text, from, text[quoteAt] as number, escaped) : endOfBare(rule, text, from);
  steps.left -= to - start;
  if (to - from < rule.minBytes || !isSecretLike(text, from, to)) return undefined;
  return isPlaceholder(placeholders, text, from, to) ? undefined : { rule: "assignment", start: from, end: to };
}

/** Offset behind name, operator and scheme; -1 where no operator follows the name. */
function startOfValue(rule: Assignment, isSpaced: boolean, text: Uint8Array, start: number, end: number): number {
  let at = end;
  if (text[at] === underscore || text[at] === minus) {
    while (at - end < mostFiller && isIn(nameBytes, text, at)) at++;
  } else if (isIn(alphanumeric, text, at)) return -1;
  if (text[at] === backslash && isIn(rule.quotes, text, at + 1)) at += 2;
  else if (isIn(rule.quotes, text, at)) at++;
  if (text[at] === bracket) at++;
  const gapEnd = behindGap(text, at);
  const operator = rule.operators.find((candidate) => startsWith(text, gapEnd, candidate));
  if (!operator && !(gapEnd > at && (isSpaced || isFlag(text, start)))) return -1;
  at = operator ? behindGap(text, gapEnd + operator.length) : gapEnd;
  const scheme = rule.schemes.find(
    (candidate) => startsWith(text, at, candidate) && isIn(blank, text, at + candidate.length),
  );
  return scheme ? behindGap(text, at + scheme.length) : at;
}

/** Whether the name around `at` starts with a hyphen, as a flag does. */
function isFlag(text: Uint8Array, at: number): boolean {
  let start = at;
  while (at - start < mostName && isIn(nameBytes, text, start - 1)) start--;
  return text[start] === minus;
}

function behindGap(text: Uint8Array, at: number): number {
  let end = at;
  while (end - at < mostGap && isIn(blank, text, end)) end++;
  return end;
}

function endOfQuoted(text: Uint8Array, from: number, quote: number, escaped: boolean): number {
  let at = from;
  for (; at < text.length && at - from < mostValue; at++) {
    const byte = text[at] as number;
    if (byte === quote || byte === 0x0a || byte === 0x0d || (escaped && byte === backslash)) break;
  }
  return at;
}

function endOfBare(rule: Assignment, text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && at - from < mostValue && !isIn(rule.stops, text, at)) at++;
  while (at > from && isIn(rule.trailing, text, at - 1)) at--;
  return at;
}

/**
 * Whether a value is more than words, numbers and code: letters with digits that are no chain of words and small numbers;
 * letters with a special byte inside; or letters whose case changes at every third byte or more often.
 */
export function isSecretLike(text: Uint8Array, start: number, end: number): boolean {
  let [letterCount, digitCount, specialCount, changes] = [0, 0, 0, 0];
  for (let at = start; at < end; at++) {
    const byte = text[at] as number;
    if (byte <= 0x20 || byte >= 0x7f || byte === 0x28) return false;
    if (isIn(digits, text, at)) digitCount++;
    else if (isIn(letters, text, at)) {
      letterCount++;
      if (at > start && isIn(letters, text, at - 1) && lower[byte] !== lower[text[at - 1] as number]) changes++;
    } else if (isIn(special, text, at) && at > start && at < end - 1) specialCount++;
  }
  if (letterCount === 0) return false;
  if (digitCount > 0) return !isWordy(text, start, end);
  return specialCount > 0 || (end - start >= 16 && changes * 3 >= end - start);
}

/**
 * Whether every part between joints is letters, a number of at most four digits, or a few letters with a small number;
 * `isLenient` takes a part that stands alone for one of several.
 */
export function isWordy(text: Uint8Array, start: number, end: number, isLenient = false): boolean {
  let partStart = start;
  const hasJoints = isLenient || text.subarray(start, end).some((byte) => joint[byte] === 1);
  for (let at = start; at <= end; at++) {
    if (at < end && !isIn(joint, text, at)) continue;
    if (!isWordOrNumber(text, partStart, at, hasJoints)) return false;
    partStart = at + 1;
  }
  return true;
}

function isWordOrNumber(text: Uint8Array, start: number, end: number, hasJoints: boolean): boolean {
  let at = start;
  while (at < end && isIn(letters, text, at)) at++;
  const head = at - start;
  while (at < end && isIn(digits, text, at)) at++;
  const number = at - start - head;
  while (at < end && isIn(letters, text, at)) at++;
  const tail = at - start - head - number;
  if (at < end) return false;
  if (number === 0) return true;
  if (number > 4) return false;
  return tail <= 2 && (head === 0 || (tail === 0 && (head <= 2 || (hasJoints && head <= 8 && number <= 3))));
}
