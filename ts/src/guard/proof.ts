/** What proves a word of a command safe to keep (PRV-063). */
import { isWordy } from "./assignment.js";
import { digits, isIn, letters, parseByteSet } from "./byte-set.js";
import { misfitOf } from "./ident.js";
import { type CommandRules, proofs } from "./pack.js";

const mostWord = 64;
const mostName = 48;
const nameStart = parseByteSet("A-Za-z0-9_");
const nameBytes = parseByteSet("A-Za-z0-9._+-");
const pathBytes = parseByteSet("A-Za-z0-9._@+-");
const nodeBytes = parseByteSet("A-Za-z0-9_");
const wordJoint = parseByteSet(":._-");
const [dot, slash, backslash, colon] = [0x2e, 0x2f, 0x5c, 0x3a];

/** Lists of the rule pack, for look-up. */
export interface ProofLists {
  readonly words: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
}

/** Makes the lists. */
export function proofLists(rules: CommandRules): ProofLists {
  return { words: new Set(rules.words), extensions: new Set(rules.extensions) };
}

/** Whether the word may be kept under a proof; PROGRAM is none of them. */
export function isProven(lists: ProofLists, proof: number, word: Uint8Array): boolean {
  if (word.length === 0 || word.length > mostWord * 4) return false;
  if (proof === proofs.NUMBER) return isNumber(word);
  if (proof === proofs.WORD) return isSafeWord(lists, word);
  return proof === proofs.PATH && isSafePath(lists, word);
}

/** Text of a word of ASCII; other bytes become characters that no list holds. */
export function textOf(word: Uint8Array, start = 0, end = word.length): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(word[at] as number);
  return text;
}

/** Name of a program without its folder; undefined where it is no plain name. */
export function programName(word: Uint8Array): string | undefined {
  const start = Math.max(word.lastIndexOf(slash), word.lastIndexOf(backslash)) + 1;
  const length = word.length - start;
  if (length === 0 || length > mostName || !isIn(nameStart, word, start)) return undefined;
  if (misfitOf(nameBytes, word, start, word.length) >= 0 || !isWordy(word, start, word.length, true)) return undefined;
  return textOf(word, start);
}

/** At most six digits, and at most three behind a point. */
function isNumber(word: Uint8Array): boolean {
  let at = 0;
  while (isIn(digits, word, at)) at++;
  if (at === 0 || at > 6) return false;
  if (at === word.length) return true;
  const fraction = at + 1;
  if (word[at] !== dot || misfitOf(digits, word, fraction, word.length) >= 0) return false;
  return word.length > fraction && word.length - fraction <= 3;
}

/** A chain of listed words. */
function isSafeWord(lists: ProofLists, word: Uint8Array): boolean {
  if (word.length > mostWord) return false;
  if (lists.words.has(textOf(word))) return true;
  let start = 0;
  for (let at = 0; at <= word.length; at++) {
    if (at < word.length && !isIn(wordJoint, word, at)) continue;
    if (!lists.words.has(textOf(word, start, at))) return false;
    start = at + 1;
  }
  return true;
}

/**
 * A path inside the repository of ordinary segments, with a slash or a known extension; "." and a leading "./" are allowed,
 * "..." as the last segment (Go), and names of tests behind "::" (pytest).
 */
function isSafePath(lists: ProofLists, word: Uint8Array): boolean {
  const end = endOfFile(word);
  if (end < 0 || !isWordy(word, 0, word.length, true)) return false;
  let segments = 0;
  let start = 0;
  for (let at = 0; at <= end; at++) {
    if (at < end && word[at] !== slash) {
      if (!isIn(pathBytes, word, at)) return false;
      continue;
    }
    const isLast = at === end;
    const isTrailing = isLast && at === start && segments > 0;
    if (!isTrailing && !isSegment(word, start, at, segments === 0, isLast)) return false;
    segments++;
    start = at + 1;
  }
  return segments > 1 || textOf(word, 0, end) === "." || lists.extensions.has(extensionOf(word, end));
}

function isSegment(word: Uint8Array, start: number, end: number, isFirst: boolean, isLast: boolean): boolean {
  const length = end - start;
  if (length === 0 || length > mostWord || word[start] === 0x2d) return false;
  if (word[start] !== dot) return true;
  let dots = 0;
  while (dots < length && word[start + dots] === dot) dots++;
  if (dots < length) return dots === 1;
  return (dots === 1 && isFirst) || (dots === 3 && isLast && !isFirst);
}

/** End of the file's path before "::name" parts; -1 where what follows it are no names. */
function endOfFile(word: Uint8Array): number {
  const end = word.indexOf(colon);
  if (end < 0) return word.length;
  for (let at = end; at < word.length; ) {
    if (word[at] !== colon || word[at + 1] !== colon || !isIn(letters, word, at + 2)) return -1;
    at += 2;
    while (isIn(nodeBytes, word, at)) at++;
  }
  return end;
}

function extensionOf(word: Uint8Array, end: number): string {
  const at = word.subarray(0, end).lastIndexOf(dot);
  return at <= 0 ? "" : textOf(word, at + 1, end);
}
