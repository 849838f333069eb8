/** Paths inside a repository, and git references. */
import { type Alphabet, asciiKinds, readAscii, readWords } from "./alphabet.js";
import { parseByteSet } from "./byte-set.js";
import { type Finding, findingAt } from "./finding.js";
import { isDots } from "./ident.js";

/** Printable ASCII but " * : ; < > ? \ ^ ` { | } ~ */
const pathBytes = parseByteSet(" !#$%&'()+,./0-9=@A-Z[]_a-z-");
/** Printable ASCII but space ~ ^ : ? * [ \ (git check-ref-format, rules 4 and 5, 10) */
const refBytes = parseByteSet("!-)+-./0-9;->@A-Z]_`a-z{-}");
const [pathKinds, refKinds] = [asciiKinds(pathBytes), asciiKinds(refBytes)];
const [space, minus, dot, slash, at, brace] = [0x20, 0x2d, 0x2e, 0x2f, 0x40, 0x7b];

/**
 * A path relative to the repository (PRV-020): segments between single slashes, none of them "." or "..", no space at an
 * end of one, no leading "-" or "/"; no drive, "~" or backslash, because these bytes may not stand there at all.
 */
export function pathOffence(alphabet: Alphabet, text: Uint8Array, isAscii: boolean): Finding | undefined {
  const { offence } = isAscii ? readAscii(text, pathKinds) : readWords(alphabet, text, pathBytes);
  if (offence) return offence;
  if (text[0] === minus) return findingAt("path", text, 0);
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== slash) continue;
    const bad = misfitOfSegment(text, start, i);
    if (bad >= 0) return findingAt("path", text, bad);
    start = i + 1;
  }
  const bad = misfitOfSegment(text, start, text.length);
  return bad < 0 ? undefined : findingAt("path", text, bad);
}

function misfitOfSegment(text: Uint8Array, start: number, end: number): number {
  if (end === start || text[start] === space || isDots(text, start, end)) return start;
  return text[end - 1] === space ? end - 1 : -1;
}

/** A branch or reference name (PRV-021): the rules of git check-ref-format with one level allowed, and no leading "-". */
export function refOffence(alphabet: Alphabet, text: Uint8Array, isAscii: boolean): Finding | undefined {
  const { offence } = isAscii ? readAscii(text, refKinds) : readWords(alphabet, text, refBytes);
  if (offence) return offence;
  if (text[0] === minus || (text.length === 1 && text[0] === at)) return findingAt("ref", text, 0);
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const byte = text[i];
    const next = text[i + 1];
    if ((byte === dot && next === dot) || (byte === at && next === brace)) return findingAt("ref", text, i);
    if (i < text.length && byte !== slash) continue;
    if (i === start || text[start] === dot) return findingAt("ref", text, start);
    if (endsInLock(text, start, i)) return findingAt("ref", text, i - 5);
    start = i + 1;
  }
  return text[text.length - 1] === dot ? findingAt("ref", text, text.length - 1) : undefined;
}

function endsInLock(text: Uint8Array, start: number, end: number): boolean {
  const lock = ".lock";
  if (end - start < lock.length) return false;
  for (let i = 0; i < lock.length; i++) if (text[end - lock.length + i] !== lock.charCodeAt(i)) return false;
  return true;
}
