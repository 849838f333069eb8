/** Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036). */
import { type Alphabet, readAscii, readWords } from "./alphabet.js";
import { startsWith } from "./automaton.js";
import { isIn, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import { surveyed, turnOpenings } from "./survey.js";

/** What the rule pack knows of chat templates, compiled. */
export interface TurnRules {
  /** Marks such as <|, then role names such as system. */
  readonly words: readonly Uint8Array[];
  /** How many of the words are marks. */
  readonly marks: number;
}

const utf8 = new TextEncoder();
const mostWords = 40;
const markup = parseByteSet("`{}");
/** What may stand before a role at the start of a note, whose first byte is none of these: quotes, list and heading signs. */
const opening = parseByteSet(" #*>\"'([_.0-9-");
/** What may stand between a role and its colon. */
const closing = parseByteSet(" *_\"')]0-9-");
const [slash, colon, less, greater] = [0x2f, 0x3a, 0x3c, 0x3e];

/** What is wrong with a note in well-formed UTF-8, at most one finding of each rule. */
export function noteOffences(alphabet: Alphabet, turns: TurnRules, text: Uint8Array, seen: number): Finding[] {
  const isAscii = (seen & surveyed.nonAscii) === 0;
  const findings: Finding[] = [];
  const { offence, words } = isAscii ? readAscii(text, alphabet.asciiKinds) : readWords(alphabet, text, alphabet.ascii);
  if (offence) findings.push(isMarkup(text, offence) ? { ...offence, rule: "markup" } : offence);
  else if (words === 0) findings.push({ rule: "empty" });
  else if (words > mostWords) findings.push({ rule: "words" });
  const role = roleOffence(turns, text, (seen & surveyed.turn) !== 0);
  if (role) findings.push(role);
  return findings;
}

function isMarkup(text: Uint8Array, offence: Finding): boolean {
  return offence.start !== undefined && isIn(markup, text, offence.start);
}

/** Compiles marks and role names, both in lower case. */
export function compileTurns(marks: readonly string[], roles: readonly string[]): TurnRules {
  const words = [...marks, ...roles].map((word) => utf8.encode(word));
  return { words, marks: marks.length };
}

/**
 * The turn whose word ends first: a mark of a chat template, a role in a tag, or a role with a colon at the start. Words are
 * looked for only where one of these can begin.
 */
function roleOffence(turns: TurnRules, text: Uint8Array, hasOpenings: boolean): Finding | undefined {
  let head = 0;
  while (isIn(opening, text, head)) head++;
  let first = turnAt(turns, text, head, undefined);
  for (let at = 0; hasOpenings && at < text.length; at++) {
    if (turnOpenings[text[at] as number] === 0) continue;
    for (let start = at; start < at + 3; start++) first = turnAt(turns, text, start, first);
  }
  return first?.finding;
}

/** A turn, and where its word stands. */
interface Turn {
  readonly finding: Finding;
  readonly start: number;
  readonly end: number;
}

/** The turn at `start` if it ends before another one, else that one; of two with one end, the longer one. */
function turnAt(turns: TurnRules, text: Uint8Array, start: number, other: Turn | undefined): Turn | undefined {
  let first = other;
  for (let i = 0; i < turns.words.length; i++) {
    const word = turns.words[i] as Uint8Array;
    if (!startsWith(text, start, word)) continue;
    const end = start + word.length;
    if (first && (end > first.end || (end === first.end && start >= first.start))) continue;
    const finding = i < turns.marks ? { rule: "role", start, end } : roleAt(text, start, end);
    if (finding) first = { finding, start, end };
  }
  return first;
}

/** The turn that the role name at `start..end` opens, if it does. */
function roleAt(text: Uint8Array, start: number, end: number): Finding | undefined {
  if (text[end] === greater) {
    const tag = text[start - 1] === slash ? start - 2 : start - 1;
    if (text[tag] === less) return { rule: "role", start: tag, end: end + 1 };
  }
  for (let before = 0; before < start; before++) if (!isIn(opening, text, before)) return undefined;
  let colonAt = end;
  while (isIn(closing, text, colonAt)) colonAt++;
  if (text[colonAt] === colon) return { rule: "role", start, end: colonAt + 1 };
  const isWide = text[colonAt] === 0xef && text[colonAt + 1] === 0xbc && text[colonAt + 2] === 0x9a;
  return isWide ? { rule: "role", start, end: colonAt + 3 } : undefined;
}
