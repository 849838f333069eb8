/** Secrets that are known by the name before them: keyword, operator, value (PRV-042, PRV-043). */
import { digits, isIn, letters, lower, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import { isPlaceholder, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";
import { type NameEnd, type ValueForm, valueBehind } from "./value.js";

const special = parseByteSet("!@#$%^*+=~?&");
const joint = parseByteSet("_./:+@,-");

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
  if (!value || value.to - value.from < rule.minBytes || !isSecretLike(text, value.from, value.to)) return undefined;
  if (isPlaceholder(placeholders, text, value.from, value.to)) return undefined;
  return { rule: "assignment", start: value.from, end: value.to };
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
