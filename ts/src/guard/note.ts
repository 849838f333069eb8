/** Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036). */
import { type Alphabet, readWords } from "./alphabet.js";
import { isIn, parseByteSet } from "./byte-set.js";
import { type Finding, findingAt } from "./finding.js";

/** What the rule pack knows of chat templates. */
export interface TurnRules {
  /** Names such as system. */
  readonly roles: readonly Uint8Array[];
  /** Marks such as <|. */
  readonly marks: readonly Uint8Array[];
}

const mostWords = 40;
const markup = parseByteSet("`{}");
/** What may stand before a role at the start of a note: quotes, list and heading signs. */
const opening = parseByteSet(" #*>\"'([_.0-9-");
/** What may stand between a role and its colon. */
const closing = parseByteSet(" *_\"')]0-9-");
const [slash, colon, less, greater] = [0x2f, 0x3a, 0x3c, 0x3e];

/** What is wrong with a note in well-formed UTF-8, at most one finding of each rule. */
export function noteOffences(alphabet: Alphabet, turns: TurnRules, text: Uint8Array): Finding[] {
  const findings: Finding[] = [];
  const { offence, words } = readWords(alphabet, text, alphabet.ascii);
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

/** The first mark of a turn: a mark of a chat template, a role in a tag, or a role with a colon at the start. */
function roleOffence(turns: TurnRules, text: Uint8Array): Finding | undefined {
  for (let i = 0; i < text.length; i++) {
    for (const mark of turns.marks)
      if (startsWith(text, i, mark)) return { rule: "role", start: i, end: i + mark.length };
    if (text[i] !== less) continue;
    const name = text[i + 1] === slash ? i + 2 : i + 1;
    for (const role of turns.roles)
      if (startsWith(text, name, role) && text[name + role.length] === greater)
        return { rule: "role", start: i, end: name + role.length + 1 };
  }
  let start = 0;
  while (isIn(opening, text, start)) start++;
  for (const role of turns.roles) {
    if (!startsWith(text, start, role)) continue;
    let end = start + role.length;
    while (isIn(closing, text, end)) end++;
    if (text[end] === colon) return { rule: "role", start, end: end + 1 };
    if (text[end] === 0xef && text[end + 1] === 0xbc && text[end + 2] === 0x9a)
      return { ...findingAt("role", text, end), start };
  }
  return undefined;
}

/** Whether `word`, which is in lower case, stands at `i` in any case of ASCII. */
export function startsWith(text: Uint8Array, i: number, word: Uint8Array): boolean {
  if (i + word.length > text.length) return false;
  for (let k = 0; k < word.length; k++) if (lowered(text[i + k] as number) !== word[k]) return false;
  return true;
}

/** ASCII lower case of a byte. */
export function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
