/** Identifiers in their declared shapes (PRV-012 to PRV-018). Every function gives the first offset that does not fit, -1 for none. */
import type { IdentShape } from "../record/schema.js";
import { alphanumeric, type ByteSet, digits, isIn, lower, lowerHexDigits, parseByteSet } from "./byte-set.js";

const ident = parseByteSet("A-Za-z0-9._:@/+-");
const first = parseByteSet("A-Za-z0-9@");
const name = parseByteSet("A-Za-z0-9._-");
const lowerSegment = parseByteSet("a-z0-9._-");
const label = parseByteSet("A-Za-z0-9-");
const upper = parseByteSet("A-Z");
const [minus, dot, slash, colon] = [0x2d, 0x2e, 0x2f, 0x3a];

/** First offset at which the text does not fit the shape, the length where it ends too early; -1 where it fits. */
export function misfit(shape: IdentShape, text: Uint8Array): number {
  switch (shape) {
    case "ANY":
      return isIn(first, text, 0) ? worse(misfitOf(ident, text, 0, text.length), misfitOfSegments(text, true)) : 0;
    case "NAME":
      return isIn(alphanumeric, text, 0) ? misfitOf(name, text, 1, text.length) : 0;
    case "ALIAS":
      return misfitOfAlias(text);
    case "WORKSPACE":
      return misfitOfAlias(text) < 0 ? -1 : misfitOfWorkspace(text);
    case "HOST":
      return misfitOfHost(text, 0, text.length);
    case "MODEL":
      return worse(misfitOf(ident, text, 0, text.length), misfitOfSegments(text, false));
    case "TIME":
      return misfitOfRfc3339(text) < 0 ? -1 : misfitOfReset(text);
  }
}

/** First offset in `start..end` whose byte is not in the set, or -1. */
export function misfitOf(set: ByteSet, text: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (!isIn(set, text, i)) return i;
  return -1;
}

/** The host name, with an optional port, in `start..end`: labels of letters, digits and inner hyphens (RFC 1123). */
export function misfitOfHost(text: Uint8Array, start: number, end: number): number {
  let i = start;
  let labelStart = start;
  for (; i < end && text[i] !== colon; i++) {
    if (text[i] === dot) {
      if (i === labelStart || text[i - 1] === minus) return i;
      labelStart = i + 1;
    } else if (!isIn(label, text, i) || (text[i] === minus && i === labelStart) || i - labelStart > 62) return i;
  }
  if (i === labelStart || text[i - 1] === minus) return i;
  return i === end ? -1 : misfitOfPort(text, i + 1, end);
}

/** A port from 1 to 65535 in `start..end`. */
export function misfitOfPort(text: Uint8Array, start: number, end: number): number {
  let port = 0;
  for (let i = start; i < end; i++) {
    if (!isIn(digits, text, i)) return i;
    port = port * 10 + (text[i] as number) - 0x30;
    if (port === 0 || port > 65535) return i;
  }
  return start === end ? end : -1;
}

/** Offset of the first empty segment, "." or ".." between slashes; `trailing` allows a slash at the end. */
function misfitOfSegments(text: Uint8Array, trailing: boolean): number {
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && text[i] !== slash) continue;
    const isEmpty = i === start && !(trailing && i === text.length);
    if (isEmpty || isDots(text, start, i)) return start;
    start = i + 1;
  }
  return -1;
}

/** Whether `start..end` is "." or "..". */
export function isDots(text: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  return (length === 1 || length === 2) && text[start] === dot && text[end - 1] === dot;
}

function misfitOfAlias(text: Uint8Array): number {
  let i = 0;
  while (i < 2 && isIn(lower, text, i)) i++;
  if (i === 0 || text[i] !== minus) return i;
  const misfit = misfitOf(lowerHexDigits, text, i + 1, Math.min(text.length, i + 17));
  if (misfit >= 0) return misfit;
  return text.length === i + 17 ? -1 : Math.min(text.length, i + 17);
}

/** host/owner/repo, all in lower case; deeper groups are allowed. */
function misfitOfWorkspace(text: Uint8Array): number {
  const hostEnd = text.indexOf(slash);
  if (hostEnd < 0) return text.length;
  const misfit = misfitOfHost(text, 0, hostEnd);
  if (misfit >= 0) return misfit;
  let segments = 0;
  let start = hostEnd + 1;
  for (let i = start; i <= text.length; i++) {
    if (i < text.length && isIn(lowerSegment, text, i)) continue;
    if (i < text.length && text[i] !== slash) return i;
    if (i === start || text[start] === minus || isDots(text, start, i)) return start;
    segments++;
    start = i + 1;
  }
  for (let i = 0; i < hostEnd; i++) if (isIn(upper, text, i)) return i;
  return segments >= 2 ? -1 : text.length;
}

/** Date, "T", time with optional fraction, "Z" or an offset. */
function misfitOfRfc3339(text: Uint8Array): number {
  const fits = (pattern: string, at: number): number => {
    for (let i = 0; i < pattern.length; i++)
      if (pattern[i] === "d" ? !isIn(digits, text, at + i) : text[at + i] !== pattern.charCodeAt(i)) return at + i;
    return -1;
  };
  const date = fits("dddd-dd-ddTdd:dd:dd", 0);
  if (date >= 0) return date;
  let i = 19;
  if (text[i] === dot) {
    const fraction = i + 1;
    for (i = fraction; isIn(digits, text, i); i++);
    if (i === fraction || i - fraction > 9) return i;
  }
  if (text[i] === 0x5a) return i + 1 === text.length ? -1 : i + 1;
  if (text[i] !== 0x2b && text[i] !== minus) return i;
  const offset = fits("dd:dd", i + 1);
  if (offset >= 0) return offset;
  return i + 6 === text.length ? -1 : i + 6;
}

/** A number, or up to five numbers each with a unit of time, such as 60, 1718000000.5 and 6m0s. */
function misfitOfReset(text: Uint8Array): number {
  let i = 0;
  for (let count = 0; count < 5; count++) {
    const whole = i;
    while (isIn(digits, text, i)) i++;
    if (i === whole || i - whole > 20) return i;
    if (text[i] === dot) {
      const fraction = i + 1;
      for (i = fraction; isIn(digits, text, i); i++);
      if (i === fraction || i - fraction > 9) return i;
    }
    if (i === text.length) return count === 0 ? -1 : i;
    i += unitAt(text, i);
    if (i === text.length) return -1;
    if (!isIn(digits, text, i)) return i;
  }
  return i;
}

/** Bytes that the unit of time at `i` takes: d, h, m, s, ms, us, ns; 0 for none. */
function unitAt(text: Uint8Array, i: number): number {
  const [unit, next] = [text[i], text[i + 1]];
  const [d, h, m, n, s, u] = [0x64, 0x68, 0x6d, 0x6e, 0x73, 0x75];
  if ((unit === m || unit === u || unit === n) && next === s) return 2;
  return unit === d || unit === h || unit === m || unit === s ? 1 : 0;
}

/** The offence that comes first of two. */
function worse(a: number, b: number): number {
  return a < 0 ? b : b < 0 ? a : Math.min(a, b);
}
