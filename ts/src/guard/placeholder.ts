/** What stands where a secret would and is none: `<TOKEN>`, `${TOKEN}`, `changeme`, `xxxx` (PRV-045). */
import { type Automaton, buildAutomaton, byteString, containsWord, startsWith } from "./automaton.js";
import { type ByteSet, isIn, startsOf } from "./byte-set.js";
import type { PlaceholderRules } from "./pack.js";

/** The placeholders of the rule pack, compiled. */
export interface Placeholders {
  readonly values: readonly Uint8Array[];
  readonly openings: readonly Uint8Array[];
  /** The first bytes of values and openings, in both cases of ASCII. */
  readonly starts: ByteSet;
  readonly parts: Automaton;
}

const utf8 = new TextEncoder();
const [minus, underscore] = [0x2d, 0x5f];

/** Compiles the placeholders. */
export function compilePlaceholders(rules: PlaceholderRules): Placeholders {
  const bytesOf = (texts: readonly string[]): Uint8Array[] => texts.map((text) => utf8.encode(text));
  const [values, openings] = [bytesOf(rules.values), bytesOf(rules.openings)];
  return {
    values,
    openings,
    starts: startsOf([...values, ...openings]),
    parts: buildAutomaton(rules.parts.map(byteString)),
  };
}

/** Whether a value is none: a whole word, an opening, or anything that `isFiller` says. */
export function isPlaceholder(placeholders: Placeholders, text: Uint8Array, start: number, end: number): boolean {
  if (start < end && isIn(placeholders.starts, text, start)) {
    for (const opening of placeholders.openings) if (startsWith(text, start, opening, end)) return true;
    for (const value of placeholders.values)
      if (value.length === end - start && startsWith(text, start, value)) return true;
  }
  return isFiller(placeholders, text, start, end);
}

/** Whether `start..end` holds a part that no secret has, or at most two different bytes besides "-" and "_". */
export function isFiller(placeholders: Placeholders, text: Uint8Array, start: number, end: number): boolean {
  return isMonotone(text, start, end) || containsWord(placeholders.parts, text, start, end);
}

function isMonotone(text: Uint8Array, start: number, end: number): boolean {
  let first = -1;
  let second = -1;
  for (let at = start; at < end; at++) {
    const byte = text[at] as number;
    if (byte === minus || byte === underscore || byte === first || byte === second) continue;
    if (first < 0) first = byte;
    else if (second < 0) second = byte;
    else return false;
  }
  return true;
}
