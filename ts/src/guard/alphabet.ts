/** Code points of prose, from the table of the rule pack: no Unicode table of the run time is asked (PRV-030). */
import { alphanumeric, type ByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";

/** Alphabet of the rule pack (baton.guard.v1.Alphabet). */
export interface AlphabetRules {
  readonly scripts: readonly { readonly name: string; readonly ranges: readonly string[] }[];
  readonly mixes: readonly { readonly scripts: readonly string[] }[];
  readonly signs: readonly string[];
}

/** The alphabet, compiled. */
export interface Alphabet {
  /** By code point below U+10000: 0 refused, 1 sign, 2 digit of every script, from 3 on a letter of script n - 3. */
  readonly kinds: Uint8Array;
  /** Bit sets of the scripts that may stand in one word together. */
  readonly mixes: readonly number[];
  /** The ASCII bytes that prose may hold. */
  readonly ascii: ByteSet;
  /** `asciiKinds` of them. */
  readonly asciiKinds: Uint8Array;
}

const sign = 1;
const digit = 2;
const firstScript = 3;

/** Compiles the table. */
export function compileAlphabet(rules: AlphabetRules): Alphabet {
  const kinds = new Uint8Array(0x10000);
  for (const range of rules.signs) fill(kinds, range, sign);
  fill(kinds, "0030-0039", digit);
  const bits = new Map<string, number>();
  rules.scripts.forEach((script, i) => {
    bits.set(script.name, 1 << i);
    for (const range of script.ranges) fill(kinds, range, firstScript + i);
  });
  const mixes = rules.mixes.map((mix) => mix.scripts.reduce((set, name) => set | (bits.get(name) ?? 0), 0));
  const ascii = new Uint8Array(256);
  for (let byte = 0; byte < 0x80; byte++) ascii[byte] = kinds[byte] === 0 ? 0 : 1;
  return { kinds, mixes, ascii, asciiKinds: asciiKinds(ascii) };
}

function fill(kinds: Uint8Array, range: string, kind: number): void {
  const first = Number.parseInt(range.slice(0, 4), 16);
  const last = range.length > 4 ? Number.parseInt(range.slice(5), 16) : first;
  kinds.fill(kind, first, last + 1);
}

/** What reading a text by the alphabet gives: the first offence, or how many words it has. */
export interface Reading {
  readonly offence?: Finding;
  readonly words: number;
}

/**
 * Reads well-formed UTF-8. `ascii` says which ASCII bytes may stand there; the alphabet says it of all others. A word is a
 * maximal run of letters and digits; its letters are of one script, or of scripts that the pack lets stand together.
 * The first offence is one of `line`, `alphabet`, `mixed-script`.
 */
export function readWords(alphabet: Alphabet, text: Uint8Array, ascii: ByteSet): Reading {
  let words = 0;
  let wordStart = -1;
  let scripts = 0;
  for (let i = 0; i < text.length; ) {
    const start = i;
    const lead = text[i] as number;
    const code = lead < 0x80 ? lead : codePointAt(text, i);
    i += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const kind = code < 0x10000 ? (alphabet.kinds[code] as number) : 0;
    if (lead < 0x80 ? ascii[lead] === 0 : kind === 0)
      return { words, offence: { rule: isLineBreak(code) ? "line" : "alphabet", start, end: i } };
    if (kind < digit) {
      wordStart = -1;
      continue;
    }
    if (wordStart < 0) {
      wordStart = start;
      scripts = 0;
      words++;
    }
    if (kind === digit) continue;
    scripts |= 1 << (kind - firstScript);
    if ((scripts & (scripts - 1)) !== 0 && !alphabet.mixes.some((mix) => (scripts & ~mix) === 0))
      return { words, offence: { rule: "mixed-script", start: wordStart, end: i } };
  }
  return { words };
}

/** What the bytes of a set are to `readAscii`: 0 refused, 1 sign, 2 letter or digit. */
export function asciiKinds(set: ByteSet): Uint8Array {
  return set.map((member, byte) => (member === 0 ? 0 : alphanumeric[byte] === 1 ? digit : sign));
}

/** As `readWords`, where all of the text is ASCII: its letters are of one script. */
export function readAscii(text: Uint8Array, kinds: Uint8Array): Reading {
  let words = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const kind = kinds[text[i] as number] as number;
    if (kind === 0) {
      const rule = isLineBreak(text[i] as number) ? "line" : "alphabet";
      return { words, offence: { rule, start: i, end: i + 1 } };
    }
    words += (kind & ~before) >> 1;
    before = kind;
  }
  return { words };
}

/** Code point above ASCII at `i` of well-formed UTF-8. */
function codePointAt(text: Uint8Array, i: number): number {
  const lead = text[i] as number;
  const second = (text[i + 1] as number) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = (text[i + 2] as number) & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((text[i + 3] as number) & 0x3f);
}

function isLineBreak(code: number): boolean {
  return (code >= 0x0a && code <= 0x0d) || code === 0x85 || code === 0x2028 || code === 0x2029;
}
