/** The rule pack compiled into the tables that judging reads: made once, at the first judgement. */
import { type Alphabet, compileAlphabet } from "./alphabet.js";
import type { TurnRules } from "./note.js";
import { carriedRulePack, type RulePack } from "./pack.js";

/** Everything that judging knows. */
export interface Knowledge {
  readonly alphabet: Alphabet;
  readonly turns: TurnRules;
}

let known: Knowledge | undefined;

/** What this program knows; undefined where its rule pack is damaged, and then nothing may be stored (PRV-056). */
export function knowledge(): Knowledge | undefined {
  if (known) return known;
  const pack = carriedRulePack();
  if (pack) known = compile(pack);
  return known;
}

function compile(pack: RulePack): Knowledge {
  return {
    alphabet: compileAlphabet(pack.alphabet),
    turns: { roles: pack.roles.map(bytesOf), marks: pack.turnMarks.map(bytesOf) },
  };
}

const utf8 = new TextEncoder();

/** UTF-8 of a text of the pack. */
export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text);
}
