/** E-mail addresses, in every class that could hold one (PRV-036). */
import { alphanumeric, digits, isIn, parseByteSet, withNonAscii } from "./byte-set.js";
import type { Finding } from "./finding.js";

const local = withNonAscii(parseByteSet("A-Za-z0-9._%+-"));
const domain = withNonAscii(parseByteSet("A-Za-z0-9.-"));
const letters = withNonAscii(parseByteSet("A-Za-z"));
const dot = 0x2e;
const at = 0x40;
const letterX = 0x78;

/**
 * The first e-mail address in a text: a name, "@", and a domain of at least two labels whose last one is two or more
 * letters. A version (`name@1.2.0-beta`) and a scale (`name@2x.png`) are none.
 */
export function findEmail(text: Uint8Array): Finding | undefined {
  for (let i = text.indexOf(at); i >= 0; i = text.indexOf(at, i + 1)) {
    if (!isIn(local, text, i - 1)) continue;
    let end = i + 1;
    while (isIn(domain, text, end)) end++;
    while (end > i + 1 && !isIn(letters, text, end - 1) && !isIn(alphanumeric, text, end - 1)) end--;
    const lastDot = i + 1 + text.subarray(i + 1, end).lastIndexOf(dot);
    if (lastDot <= i + 1 || end - lastDot < 3 || isVersion(text, i + 1)) continue;
    if (!text.subarray(lastDot + 1, end).every((byte) => letters[byte] === 1)) continue;
    let start = i;
    while (isIn(local, text, start - 1)) start--;
    return { rule: "email", start, end };
  }
  return undefined;
}

/** Whether a version or a scale stands at `i`: digits, a dot and a digit; or one or two digits, perhaps "x", and a dot. */
function isVersion(text: Uint8Array, i: number): boolean {
  let end = i;
  while (isIn(digits, text, end)) end++;
  if (end === i) return false;
  if (text[end] === dot && isIn(digits, text, end + 1)) return true;
  return end - i <= 2 && text[text[end] === letterX ? end + 1 : end] === dot;
}
