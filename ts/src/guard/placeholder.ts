/** What stands where a secret would and is none: `<TOKEN>`, `${TOKEN}`, `changeme`, `xxxx` (PRV-045). */
import { type Automaton, buildAutomaton, byteString, containsWord, startsWith } from "./automaton.js";
import { lower } from "./byte-set.js";
import type { PlaceholderRules } from "./pack.js";

/** Words by their first byte, in both cases of ASCII. */
type WordsByStart = readonly (readonly Uint8Array[] | undefined)[];

/** The placeholders of the rule pack, compiled. */
export interface Placeholders {
  readonly values: WordsByStart;
  readonly openings: WordsByStart;
  readonly parts: Automaton;
}

const utf8 = new TextEncoder();
const none: readonly Uint8Array[] = [];
const [minus, underscore] = [0x2d, 0x5f];

/** Compiles the placeholders. */
export function compilePlaceholders(rules: PlaceholderRules): Placeholders {
  return {
    values: byStart(rules.values),
    openings: byStart(rules.openings),
    parts: buildAutomaton(rules.parts.map(byteString)),
  };
}

function byStart(words: readonly string[]): WordsByStart {
  const lists: Uint8Array[][] = [];
  for (const word of words.map((text) => utf8.encode(text))) {
    const first = word[0] as number;
    lists[first] ??= [];
    lists[first].push(word);
    if (lower[first] === 1) lists[first - 0x20] = lists[first];
  }
  return Array.from({ length: 256 }, (_, byte) => lists[byte]);
}

/** Whether a value is none: a whole word, an opening, or anything that `isFiller` says. */
export function isPlaceholder(placeholders: Placeholders, text: Uint8Array, start: number, end: number): boolean {
  const first = start < end ? (text[start] as number) : 0;
  const { values, openings } = placeholders;
  for (const opening of openings[first] ?? none) if (startsWith(text, start, opening, end)) return true;
  for (const value of values[first] ?? none)
    if (value.length === end - start && startsWith(text, start, value)) return true;
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
