/** Looks for secrets: one pass of the automaton finds where rules may hold, and the rules look there. */
import { type Assignment, compileAssignment, matchAssignment } from "./assignment.js";
import { type Automaton, buildAutomaton } from "./automaton.js";
import type { Finding } from "./finding.js";
import type { RulePack } from "./pack.js";
import { compilePlaceholders, type Placeholders } from "./placeholder.js";
import { matchPrivateKey, pemOpening } from "./private-key.js";
import type { Steps } from "./steps.js";
import { compileToken, literalAt, matchToken, type Token } from "./token.js";
import { matchUserinfo } from "./userinfo.js";

/** A word of the automaton, and the rule that looks where it stands. */
type Anchor =
  | { readonly rule: "token"; readonly literal: Uint8Array; readonly token: Token }
  | { readonly rule: "assignment"; readonly isSpaced: boolean }
  | { readonly rule: "userinfo" }
  | { readonly rule: "private-key" };

/** The secret rules, compiled. */
export interface SecretRules {
  readonly automaton: Automaton;
  /** Length in bytes of each word of the automaton. */
  readonly lengths: readonly number[];
  readonly anchors: readonly Anchor[];
  readonly assignment: Assignment;
  readonly users: readonly Uint8Array[];
  readonly placeholders: Placeholders;
}

const utf8 = new TextEncoder();

/** Compiles the secret rules of a pack. */
export function compileSecrets(pack: RulePack): SecretRules {
  const words: Uint8Array[] = [];
  const anchors: Anchor[] = [];
  const add = (word: string, anchor: Anchor): void => {
    words.push(utf8.encode(word.toLowerCase()));
    anchors.push(anchor);
  };
  for (const rule of pack.tokens) {
    const token = compileToken(rule);
    for (const literal of rule.literals) add(literal, { rule: "token", literal: utf8.encode(literal), token });
  }
  const { keywords, spaced } = pack.assignment;
  for (const keyword of keywords) add(keyword, { rule: "assignment", isSpaced: spaced.includes(keyword) });
  add("://", { rule: "userinfo" });
  add(pemOpening, { rule: "private-key" });
  return {
    automaton: buildAutomaton(words),
    lengths: words.map((word) => word.length),
    anchors,
    assignment: compileAssignment(pack.assignment),
    users: pack.userinfo.users.map((user) => utf8.encode(user)),
    placeholders: compilePlaceholders(pack.placeholders),
  };
}

/** All secrets in a text, in no order; undefined where the step budget does not last (PRV-005). */
export function findSecrets(rules: SecretRules, text: Uint8Array, steps: Steps): Finding[] | undefined {
  const { columns, width, next, ends, isEnd } = rules.automaton;
  const findings: Finding[] = [];
  let state = 0;
  for (let at = 0; at < text.length; at++) {
    state = next[state * width + (columns[text[at] as number] as number)] as number;
    if (isEnd[state] === 0) continue;
    for (const word of ends[state] as readonly number[]) {
      steps.left -= 1;
      if (steps.left < 0) return undefined;
      const finding = look(rules, word, text, at + 1, steps);
      if (finding) findings.push(finding);
    }
  }
  return steps.left < 0 ? undefined : findings;
}

function look(rules: SecretRules, word: number, text: Uint8Array, end: number, steps: Steps): Finding | undefined {
  const anchor = rules.anchors[word] as Anchor;
  const start = end - (rules.lengths[word] as number);
  switch (anchor.rule) {
    case "token":
      if (literalAt(text, start, anchor.literal) === 0) return undefined;
      return matchToken(anchor.token, rules.placeholders, text, start, end, steps);
    case "assignment":
      return matchAssignment(rules.assignment, rules.placeholders, anchor.isSpaced, text, start, end, steps);
    case "userinfo":
      return matchUserinfo(rules.users, rules.placeholders, text, end, steps);
    case "private-key":
      return matchPrivateKey(text, start, end, steps);
  }
}
