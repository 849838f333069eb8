/**
 * JSON (RFC 8259) of one object whose values are all strings, over bytes. The parsers of the run times differ on what is at
 * the edge: names that stand twice, lone surrogates, control bytes, depth. This one refuses all of it.
 */
import { hexDigits, isIn, parseByteSet } from "./byte-set.js";

const blank = parseByteSet(" \t\n\r");
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const [quote, backslash, letterU] = [0x22, 0x5c, 0x75];
const escapes: Readonly<Record<string, number>> = {
  '"': 0x22,
  "\\": 0x5c,
  "/": 0x2f,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};

/** Parses UTF-8; undefined where it is anything but one object of strings with different names. */
export function parseFlatJson(text: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined {
  const members = new Map<string, Uint8Array>();
  let at = take(text, behindBlank(text, 0), 0x7b);
  if (at < 0) return undefined;
  if (text[at] === 0x7d) return behindBlank(text, at + 1) === text.length ? members : undefined;
  for (;;) {
    const name = readString(text, at);
    if (!name) return undefined;
    at = take(text, behindBlank(text, name.end), 0x3a);
    const value = at < 0 ? undefined : readString(text, at);
    if (!value) return undefined;
    const key = utf8.decode(name.bytes);
    if (members.has(key)) return undefined;
    members.set(key, value.bytes);
    at = behindBlank(text, value.end);
    if (text[at] === 0x7d) return behindBlank(text, at + 1) === text.length ? members : undefined;
    at = take(text, at, 0x2c);
    if (at < 0) return undefined;
  }
}

function behindBlank(text: Uint8Array, at: number): number {
  let end = at;
  while (isIn(blank, text, end)) end++;
  return end;
}

/** Offset behind the byte at `at` and the white space that follows, -1 where another byte stands there. */
function take(text: Uint8Array, at: number, byte: number): number {
  return text[at] === byte ? behindBlank(text, at + 1) : -1;
}

/** Reads the string whose quote stands at `start`; its bytes are UTF-8. */
function readString(text: Uint8Array, start: number): { bytes: Uint8Array; end: number } | undefined {
  if (text[start] !== quote) return undefined;
  const bytes: number[] = [];
  let at = start + 1;
  while (at < text.length) {
    const byte = text[at] as number;
    if (byte === quote) return { bytes: Uint8Array.from(bytes), end: at + 1 };
    if (byte < 0x20) return undefined;
    if (byte !== backslash) {
      bytes.push(byte);
      at++;
      continue;
    }
    const next = readEscape(text, at, bytes);
    if (next < 0) return undefined;
    at = next;
  }
  return undefined;
}

/** Reads the escape at `at` and gives the offset behind it, -1 where it is none. A surrogate counts only in a pair. */
function readEscape(text: Uint8Array, at: number, bytes: number[]): number {
  const escaped = escapes[String.fromCharCode(text[at + 1] ?? 0)];
  if (escaped !== undefined) {
    bytes.push(escaped);
    return at + 2;
  }
  const unit = readUnit(text, at);
  if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return -1;
  if (unit < 0xd800 || unit > 0xdbff) {
    pushCodePoint(bytes, unit);
    return at + 6;
  }
  const low = readUnit(text, at + 6);
  if (low < 0xdc00 || low > 0xdfff) return -1;
  pushCodePoint(bytes, 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00));
  return at + 12;
}

/** The UTF-16 unit of the \uXXXX at `at`, -1 where there is none. */
function readUnit(text: Uint8Array, at: number): number {
  if (text[at] !== backslash || text[at + 1] !== letterU) return -1;
  let unit = 0;
  for (let i = at + 2; i < at + 6; i++) {
    if (!isIn(hexDigits, text, i)) return -1;
    const byte = text[i] as number;
    unit = unit * 16 + (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57);
  }
  return unit;
}

function pushCodePoint(bytes: number[], code: number): void {
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
