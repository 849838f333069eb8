/** Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036). */
import { type Alphabet, readWords } from "./alphabet.js";
import { type Automaton, buildAutomaton, follow } from "./automaton.js";
import { isIn, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";

/** What the rule pack knows of chat templates, compiled. */
export interface TurnRules {
  /** Marks such as <|, then role names such as system. */
  readonly words: readonly Uint8Array[];
  /** How many of the words are marks. */
  readonly marks: number;
  readonly automaton: Automaton;
}

const utf8 = new TextEncoder();
const mostWords = 40;
const markup = parseByteSet("`{}");
/** What may stand before a role at the start of a note: quotes, list and heading signs. */
const opening = parseByteSet(" #*>\"'([_.0-9-");
/** What may stand between a role and its colon. */
const closing = parseByteSet(" *_\"')]0-9-");
const [slash, colon, less, greater] = [0x2f, 0x3a, 0x3c, 0x3e];

/** What is wrong with a note in well-formed UTF-8, at most one finding of each rule. */
export function noteOffences(alphabet: Alphabet, turns: TurnRules, text: Uint8Array, isAscii: boolean): Finding[] {
  const findings: Finding[] = [];
  const { offence, words } = readWords(alphabet, text, alphabet.ascii, isAscii);
  if (offence) findings.push(isMarkup(text, offence) ? { ...offence, rule: "markup" } : offence);
  else if (words === 0) findings.push({ rule: "empty" });
  else if (words > mostWords) findings.push({ rule: "words" });
  const role = roleOffence(turns, text);
  if (role) findings.push(role);
  return findings;
}

function isMarkup(text: Uint8Array, offence: Finding): boolean {
  return offence.start !== undefined && isIn(markup, text, offence.start);
}

/** Compiles marks and role names, both in lower case. */
export function compileTurns(marks: readonly string[], roles: readonly string[]): TurnRules {
  const words = [...marks, ...roles].map((word) => utf8.encode(word));
  return { words, marks: marks.length, automaton: buildAutomaton(words) };
}

/** The mark of a turn that ends first: a mark of a chat template, a role in a tag, or a role with a colon at the start. */
function roleOffence(turns: TurnRules, text: Uint8Array): Finding | undefined {
  const { columns, shift, next, ends } = turns.automaton;
  let state = 0;
  for (let at = 0; at < text.length; at++) {
    const column = columns[text[at] as number] as number;
    const cell = next[(state << shift) + column] as number;
    if ((cell & 1) === 0) {
      state = cell >> 1;
      continue;
    }
    state = follow(turns.automaton, state, column);
    for (const word of ends[state] as readonly number[]) {
      const start = at + 1 - (turns.words[word] as Uint8Array).length;
      if (word < turns.marks) return { rule: "role", start, end: at + 1 };
      const finding = roleAt(text, start, at + 1);
      if (finding) return finding;
    }
  }
  return undefined;
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
