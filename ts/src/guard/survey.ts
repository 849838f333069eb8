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
  /** A byte that the mark of a turn may begin with. */
  turn: 8,
} as const;

/** What marks of turns begin with; the lint of the rule pack sees to it. */
export const turnOpenings = parseByteSet("<|[~");
/** By byte: its bits of the survey. */
export const byteFlags = new Uint8Array(256);
for (const [set, flag] of [
  [withNonAscii(new Uint8Array(256)), surveyed.nonAscii],
  [parseByteSet("%\\&\xce-\xd3"), surveyed.escape],
  [parseByteSet("@"), surveyed.at],
  [turnOpenings, surveyed.turn],
] as const)
  set.forEach((member, byte) => {
    if (member === 1) byteFlags[byte] = (byteFlags[byte] as number) | flag;
  });
