/** What a text holds at a glance, from the pass that looks for secrets: it says which of the slower looks are needed at all. */
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
/** Flags of a byte that is part of such a run. */
export const [isRun, isWord] = [32, 64] as const;
/** By byte: bits of the survey, and the two flags of runs. */
export const byteFlags = new Uint8Array(256);
for (const [set, flag] of [
  [withNonAscii(new Uint8Array(256)), surveyed.nonAscii],
  [parseByteSet("%\\&\xce-\xd3"), surveyed.escape],
  [parseByteSet("@"), surveyed.at],
  [runBytes, isRun],
  [wordBytes, isWord],
] as const)
  set.forEach((member, byte) => {
    if (member === 1) byteFlags[byte] = (byteFlags[byte] as number) | flag;
  });
