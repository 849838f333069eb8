/** Escapes of URLs, of strings in code and of HTML, and letters that look like Latin ones: one byte for each (PRV-091, PRV-094). */
import { startsWith } from "./automaton.js";
import { digits, hexDigits, hexValue, isIn } from "./byte-set.js";
import type { Derived } from "./derived.js";
import type { Steps } from "./steps.js";

const utf8 = new TextEncoder();
const [percent, backslash, ampersand, hash, semicolon] = [0x25, 0x5c, 0x26, 0x23, 0x3b];
const [letterU, letterX, openBrace, closeBrace] = [0x75, 0x78, 0x7b, 0x7d];
/** What stands for a code point above ASCII: a byte that no rule knows. */
const other = 0xff;
/** Escapes of one letter behind a backslash; what is not listed is no escape. */
const letterEscapes = new Map<number, number>(
  [..."\"'/\\`"].map((sign) => [sign.charCodeAt(0), sign.charCodeAt(0)] as const),
);
for (const [letter, byte] of [..."nrt"].map((letter, i) => [letter, [0x0a, 0x0d, 0x09][i] ?? 0] as const))
  letterEscapes.set(letter.charCodeAt(0), byte);
const entities = Object.entries({ "amp;": 0x26, "lt;": 0x3c, "gt;": 0x3e, "quot;": 0x22, "apos;": 0x27 }).map(
  ([name, byte]) => ({ name: utf8.encode(name), byte }),
);
const mostDigits = 6;
/** Letters of Cyrillic and Greek below U+0500 that look like one of Latin, each with it (PRV-094). */
const twins = new Map(
  "аa еe оo рp сc хx уy ѕs іi јj һh ӏl АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT ХX УY ҮY αa ιi κk νv οo ρp υu χx ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX"
    .split(" ")
    .map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const),
);

/** An escape that was read: what it stands for, and the offset behind it. */
interface Escape {
  readonly byte: number;
  readonly end: number;
}

/** The text with all its escapes replaced; undefined where it has none. */
export function withoutEscapes(text: Uint8Array, steps: Steps): Derived | undefined {
  const bytes = new Uint8Array(text.length);
  const starts = new Int32Array(text.length + 1);
  let length = 0;
  for (let at = 0; at < text.length; length++) {
    const found = escapeAt(text, at);
    starts[length] = at;
    bytes[length] = found?.byte ?? (text[at] as number);
    at = found?.end ?? at + 1;
  }
  starts[length] = text.length;
  steps.left -= text.length;
  if (length === text.length) return undefined;
  return { text: bytes.subarray(0, length), starts, start: 0, end: text.length };
}

function escapeAt(text: Uint8Array, at: number): Escape | undefined {
  switch (text[at]) {
    case percent:
      return hexEscape(text, at + 1, 2);
    case backslash:
      return backslashEscape(text, at);
    case ampersand:
      return text[at + 1] === hash ? characterReference(text, at + 2) : entity(text, at + 1);
    default:
      return twin(text, at);
  }
}

/** A letter of two bytes that looks like one of ASCII. */
function twin(text: Uint8Array, at: number): Escape | undefined {
  const [first, second] = [text[at] as number, text[at + 1] ?? 0];
  if (first >> 5 !== 0b110 || second >> 6 !== 0b10) return undefined;
  const byte = twins.get(((first & 0x1f) << 6) | (second & 0x3f));
  return byte === undefined ? undefined : { byte, end: at + 2 };
}

function backslashEscape(text: Uint8Array, at: number): Escape | undefined {
  const letter = text[at + 1] as number;
  const byte = letterEscapes.get(letter);
  if (byte !== undefined) return { byte, end: at + 2 };
  if (letter === letterX) return hexEscape(text, at + 2, 2);
  if (letter !== letterU) return undefined;
  return text[at + 2] === openBrace ? number(text, at + 3, closeBrace, 16) : hexEscape(text, at + 2, 4);
}

/** `count` hexadecimal digits. */
function hexEscape(text: Uint8Array, at: number, count: number): Escape | undefined {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    if (!isIn(hexDigits, text, i)) return undefined;
    value = value * 16 + hexValue(text[i] as number);
  }
  return { byte: byteOf(value, count), end: at + count };
}

function byteOf(code: number, digitCount: number): number {
  return code < 0x80 || digitCount === 2 ? code : other;
}

function characterReference(text: Uint8Array, at: number): Escape | undefined {
  return ((text[at] ?? 0) | 0x20) === letterX ? number(text, at + 1, semicolon, 16) : number(text, at, semicolon, 10);
}

/** One to six digits and what ends them. */
function number(text: Uint8Array, start: number, terminator: number, base: 10 | 16): Escape | undefined {
  let value = 0;
  let at = start;
  for (; at - start < mostDigits && isIn(base === 16 ? hexDigits : digits, text, at); at++)
    value = value * base + hexValue(text[at] as number);
  if (at === start || text[at] !== terminator) return undefined;
  return { byte: byteOf(value, 0), end: at + 1 };
}

function entity(text: Uint8Array, at: number): Escape | undefined {
  const known = entities.find(({ name }) => startsWith(text, at, name));
  return known && { byte: known.byte, end: at + known.name.length };
}
