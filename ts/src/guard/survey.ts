/** What a text holds at a glance, from one pass: it says which of the slower looks are needed at all. */
import { parseByteSet, withNonAscii } from "./byte-set.js";

/** Bits of a survey. */
export const surveyed = {
  /** A byte above ASCII. */
  nonAscii: 1,
  /** A byte that may begin an escape: percent, backslash, ampersand, and those that letters of Greek and Cyrillic begin with. */
  escape: 2,
  /** An at sign. */
  at: 4,
  /** A run that base64 or hexadecimal could be. */
  run: 8,
  /** A run that could look random. */
  word: 16,
} as const;

/** Shortest run that is decoded, in bytes: shorter than the encoding of any secret. */
export const shortestRun = 16;
/** What such a run is made of: both alphabets of base64, and with them hexadecimal. */
export const runBytes = parseByteSet("A-Za-z0-9+/_-");
/** What a run that looks random is made of. */
export const wordBytes = parseByteSet("A-Za-z0-9_");
const [isRun, isWord] = [32, 64];
const flags = new Uint8Array(256);
for (const [set, flag] of [
  [withNonAscii(new Uint8Array(256)), surveyed.nonAscii],
  [parseByteSet("%\\&\xce-\xd3"), surveyed.escape],
  [parseByteSet("@"), surveyed.at],
  [runBytes, isRun],
  [wordBytes, isWord],
] as const)
  set.forEach((member, byte) => {
    if (member === 1) flags[byte] = (flags[byte] as number) | flag;
  });

/** Surveys a text; `shortestWord` is the shortest run that could look random. */
export function survey(text: Uint8Array, shortestWord: number): number {
  let [seen, run, word] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const flag = flags[text[at] as number] as number;
    seen |= flag;
    run = (flag & isRun) === 0 ? 0 : run + 1;
    word = (flag & isWord) === 0 ? 0 : word + 1;
    if (run === shortestRun) seen |= surveyed.run;
    if (word === shortestWord) seen |= surveyed.word;
  }
  return seen;
}
