/** Sets of bytes: one table look-up per byte, in the notation of the rule pack. */

/** A set of bytes as a table: 1 at every member. */
export type ByteSet = Uint8Array;

/** Sets by their notation: a pack names few of them many times. */
const parsed = new Map<string, ByteSet>();

/** Reads a set in the notation of the rule pack: single ASCII bytes and ranges, a hyphen last (PRV-051). Not to be changed. */
export function parseByteSet(notation: string): ByteSet {
  const known = parsed.get(notation);
  if (known) return known;
  const set = new Uint8Array(256);
  for (let i = 0; i < notation.length; i++) {
    const first = notation.charCodeAt(i);
    const isRange = notation.charAt(i + 1) === "-" && i + 2 < notation.length;
    const last = isRange ? notation.charCodeAt(i + 2) : first;
    for (let byte = first; byte <= last && byte < 256; byte++) set[byte] = 1;
    if (isRange) i += 2;
  }
  parsed.set(notation, set);
  return set;
}

/** The set with every byte above ASCII, too. */
export function withNonAscii(set: ByteSet): ByteSet {
  return set.slice().fill(1, 0x80);
}

/** ASCII letters and digits. */
export const alphanumeric: ByteSet = parseByteSet("A-Za-z0-9");
/** ASCII letters. */
export const letters: ByteSet = parseByteSet("A-Za-z");
/** ASCII letters in lower case. */
export const lower: ByteSet = parseByteSet("a-z");
/** ASCII letters in upper case. */
export const upper: ByteSet = parseByteSet("A-Z");
/** Decimal digits. */
export const digits: ByteSet = parseByteSet("0-9");
/** Hexadecimal digits in any case. */
export const hexDigits: ByteSet = parseByteSet("0-9A-Fa-f");
/** Hexadecimal digits in lower case. */
export const lowerHexDigits: ByteSet = parseByteSet("0-9a-f");

/** Whether the byte at `at` is in the set; false outside of the text. */
export function isIn(set: ByteSet, text: Uint8Array, at: number): boolean {
  return at >= 0 && at < text.length && set[text[at] as number] === 1;
}

/**
 * Start of the first run of at least `shortest` members in `from..end`, -1 for none. The last byte of a shortest run is looked
 * at first: where that is no member, the bytes before it are passed over.
 */
export function startOfRun(set: ByteSet, shortest: number, text: Uint8Array, from: number, end: number): number {
  for (let start = from; start + shortest <= end; ) {
    let at = start + shortest - 1;
    while (at >= start && set[text[at] as number] === 1) at--;
    if (at < start) return start;
    start = at + 1;
  }
  return -1;
}

/** Offset behind the members from `at` on, at most `end`. */
export function endOfRun(set: ByteSet, text: Uint8Array, at: number, end: number): number {
  let behind = at;
  while (behind < end && set[text[behind] as number] === 1) behind++;
  return behind;
}

/** Value of a hexadecimal digit. */
export function hexValue(digit: number): number {
  return digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57;
}

/** Whether a member stands in `start..end`. */
export function holds(set: ByteSet, text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isIn(set, text, at)) return true;
  return false;
}

/** The first bytes of words in lower case, in both cases of ASCII. */
export function startsOf(words: readonly Uint8Array[]): ByteSet {
  const starts = new Uint8Array(256);
  for (const [first = 0] of words) {
    starts[first] = 1;
    if (lower[first] === 1) starts[first - 0x20] = 1;
  }
  return starts;
}
