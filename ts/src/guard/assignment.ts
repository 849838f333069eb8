/** Secrets that are known by the name before them: keyword, operator, value (PRV-042, PRV-043). */
import { digits, holds, isIn, letters, lower, parseByteSet, upper } from "./byte-set.js";
import type { Finding } from "./finding.js";
import { isPlaceholder, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";
import { type NameEnd, type ValueForm, valueBehind } from "./value.js";

const special = parseByteSet("!@#$%^*+=~?&");
const joint = parseByteSet("_./:+@,-");
const cookieName = parseByteSet("A-Za-z_-");
const [dot, equals, question] = [0x2e, 0x3d, 0x3f];

/** The assignment rule, compiled. */
export interface Assignment {
  readonly form: ValueForm;
  readonly minBytes: number;
}

/** The value of the name that ends in the keyword at `start..end`, if it looks like a secret. */
export function matchAssignment(
  rule: Assignment,
  placeholders: Placeholders,
  nameEnd: NameEnd,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): Finding | undefined {
  const value = valueBehind(rule.form, nameEnd, text, start, end, steps);
  if (!value) return undefined;
  const { to } = value;
  const from = behindName(text, value.from, to);
  if (to - from < rule.minBytes || !isSecretLike(text, from, to) || isPlaceholder(placeholders, text, from, to))
    return undefined;
  return { rule: "assignment", start: from, end: to };
}

/** Offset behind a name without digits and an equals sign, as cookies have; `start` where they do not stand there. */
function behindName(text: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isIn(cookieName, text, at)) at++;
  return at > start && at + 1 < end && text[at] === equals && text[at + 1] !== equals ? at + 1 : start;
}

/**
 * Whether a value is more than words, numbers and code: letters with digits that are no chain of words and small numbers;
 * letters with a special byte inside; or letters whose case changes often, but not as in CamelCase.
 */
export function isSecretLike(text: Uint8Array, start: number, end: number): boolean {
  let [letterCount, digitCount, specialCount] = [0, 0, 0];
  for (let at = start; at < end; at++) {
    const byte = text[at] as number;
    if (byte <= 0x20 || byte >= 0x7f || byte === 0x28) return false;
    if (isIn(digits, text, at)) digitCount++;
    else if (isIn(letters, text, at)) letterCount++;
    else if (isIn(special, text, at) && at > start && at < end - 1 && !isCode(byte, text[at + 1])) specialCount++;
  }
  if (letterCount === 0) return false;
  if (digitCount > 0) return !isWordy(text, start, end);
  return specialCount > 0 || (end - start >= 16 && caseChanges(text, start, end) * 4 >= end - start);
}

/** Whether a special byte is one of code or padding: `?.` and `==`. */
function isCode(byte: number, next: number | undefined): boolean {
  return (byte === question && next === dot) || (byte === equals && next === equals);
}

/** Changes between neighbours in upper and lower case, but those around a capital that two small letters follow. */
function caseChanges(text: Uint8Array, start: number, end: number): number {
  let changes = 0;
  for (let at = start + 1; at < end; at++) {
    if (!isIn(letters, text, at) || !isIn(letters, text, at - 1)) continue;
    if (isIn(lower, text, at) === isIn(lower, text, at - 1)) continue;
    if (!isCapital(text, at, end) && !isCapital(text, at - 1, end)) changes++;
  }
  return changes;
}

/** Whether a word of CamelCase starts at `at`: a capital and two small letters. */
export function isCapital(text: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && isIn(upper, text, at) && isIn(lower, text, at + 1) && isIn(lower, text, at + 2);
}

/**
 * Whether every part between joints is letters, a number of at most four digits, or a few letters with a small number;
 * `isLenient` takes a part that stands alone for one of several.
 */
export function isWordy(text: Uint8Array, start: number, end: number, isLenient = false): boolean {
  let partStart = start;
  const hasJoints = isLenient || holds(joint, text, start, end);
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
