/**
 * Looks for secrets: one pass of the automaton finds where rules may hold, and the rules look there; then the same in what
 * the text holds in another spelling (PRV-040 to PRV-048, PRV-090).
 */
import { type Assignment, matchAssignment } from "./assignment.js";
import { type Automaton, buildAutomaton, byteString, follow } from "./automaton.js";
import { type Derived, derivedTexts, firstRun } from "./derived.js";
import type { Finding } from "./finding.js";
import { findKnown, type Known } from "./known.js";
import { compileNamed, matchNamed, matchPair, type Named } from "./named.js";
import type { RulePack } from "./pack.js";
import { compilePlaceholders, type Placeholders } from "./placeholder.js";
import { matchPrivateKey, pemOpening } from "./private-key.js";
import type { Steps } from "./steps.js";
import { byteFlags } from "./survey.js";
import { compileToken, literalAt, matchToken, type Token } from "./token.js";
import { matchUserinfo } from "./userinfo.js";
import { compileValueForm, type NameEnd } from "./value.js";

/** A word of the automaton, and the rule that looks where it stands. */
type Anchor =
  | { readonly rule: "token"; readonly literal: () => Uint8Array; readonly token: () => Token }
  | { readonly rule: "named"; readonly named: () => Named }
  | { readonly rule: "assignment"; readonly nameEnd: NameEnd }
  | { readonly rule: "pair" }
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

/** What one look at a text gives. */
export interface Secrets {
  /** All secrets, in no order; not all of them where the step budget did not last (PRV-005). */
  readonly findings: Finding[];
  /** The survey of the text. */
  readonly seen: number;
  /** Where the first run starts that base64 could be, -1 for none. */
  readonly run: number;
}

const utf8 = new TextEncoder();
/** How many spellings deep a secret is still found. */
const mostDepth = 2;

/** Compiles the secret rules of a pack. */
export function compileSecrets(pack: RulePack): SecretRules {
  const texts: string[] = [];
  const anchors: Anchor[] = [];
  const add = (text: string, anchor: Anchor): void => {
    texts.push(text);
    anchors.push(anchor);
  };
  for (const rule of pack.tokens) {
    const token = later(() => compileToken(rule));
    for (const text of rule.literals) {
      const literal = later(() => utf8.encode(text));
      add(text, { rule: "token", literal, token });
    }
  }
  for (const rule of pack.named ?? []) {
    const named = later(() => compileNamed(rule));
    for (const name of inBothSpellings(rule.names)) add(name, { rule: "named", named });
  }
  const { keywords, spaced, pairs, minBytes } = pack.assignment;
  for (const keyword of inBothSpellings(keywords))
    add(keyword, { rule: "assignment", nameEnd: spaced.includes(keyword) ? "spaced" : "word" });
  for (const flag of pairs ?? []) add(flag, { rule: "pair" });
  add("://", { rule: "userinfo" });
  add(pemOpening, { rule: "private-key" });
  const words = byteString(texts.join("\n").toLowerCase()).split("\n");
  return {
    automaton: buildAutomaton(words),
    lengths: words.map((word) => word.length),
    anchors,
    assignment: { form: compileValueForm(pack.assignment), minBytes },
    users: pack.userinfo.users.map((user) => utf8.encode(user)),
    placeholders: compilePlaceholders(pack.placeholders),
  };
}

/** What `make` gives, made when it is first asked for: most rules are never come to. */
function later<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Names as variables have them, and as flags and headers do. */
function inBothSpellings(names: readonly string[]): Set<string> {
  return new Set(names.flatMap((name) => [name, name.replaceAll("_", "-")]));
}

/** All secrets in a text; `known` is what only this process knows. */
export function findSecrets(rules: SecretRules, text: Uint8Array, steps: Steps, known?: Known): Secrets {
  const search: Search = { rules, known, steps, isRaw: false };
  const findings: Finding[] = [];
  const seen = scan(search, text, findings);
  const run = firstRun(text);
  for (const derived of derivedTexts(text, seen, run, steps)) scanDerived(search, derived, 1, findings);
  return { findings, seen, run };
}

/**
 * Secrets that are known by their form alone, private keys among them, and what is known besides, in bytes of any kind: no
 * names, no addresses, no other spellings. Undefined where the step budget does not last.
 */
export function findTokens(rules: SecretRules, text: Uint8Array, steps: Steps, known?: Known): Finding[] | undefined {
  const findings: Finding[] = [];
  scan({ rules, known, steps, isRaw: true }, text, findings);
  return steps.left < 0 ? undefined : findings;
}

/** What is looked for, and what it may still cost. */
interface Search {
  readonly rules: SecretRules;
  readonly known: Known | undefined;
  readonly steps: Steps;
  /** Whether only the form of a secret counts. */
  readonly isRaw: boolean;
}

function scanDerived(search: Search, derived: Derived, depth: number, findings: Finding[]): void {
  const { steps } = search;
  if (steps.left < 0) return;
  const { text, starts, start, end } = derived;
  const inside: Finding[] = [];
  steps.left -= text.length;
  const seen = scan(search, text, inside);
  if (depth < mostDepth)
    for (const deeper of derivedTexts(text, seen, firstRun(text), steps))
      scanDerived(search, deeper, depth + 1, inside);
  for (const { rule, start: from = 0, end: to = 0 } of inside)
    findings.push(starts ? { rule, start: starts[from] as number, end: starts[to] as number } : { rule, start, end });
}

/** Looks at one text as it stands, and gives its survey. Stops where the step budget is used up. */
function scan({ rules, known, steps, isRaw }: Search, text: Uint8Array, findings: Finding[]): number {
  const { automaton } = rules;
  const { columns, shift, next, ends } = automaton;
  let state = 0;
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] as number;
    seen |= byteFlags[byte] as number;
    const column = columns[byte] as number;
    const cell = next[(state << shift) + column] as number;
    if ((cell & 1) === 0) {
      state = cell >> 1;
      continue;
    }
    state = follow(automaton, state, column);
    for (const end of ends[state] as readonly number[]) {
      if (isRaw && !isForm(rules.anchors[end] as Anchor)) continue;
      steps.left -= 1;
      if (steps.left < 0) return seen;
      const finding = look(rules, end, text, at + 1, steps);
      if (finding) findings.push(finding);
    }
  }
  if (known) findKnown(known, text, steps, findings);
  return seen;
}

function isForm({ rule }: Anchor): boolean {
  return rule === "token" || rule === "private-key";
}

function look(rules: SecretRules, word: number, text: Uint8Array, end: number, steps: Steps): Finding | undefined {
  const anchor = rules.anchors[word] as Anchor;
  const start = end - (rules.lengths[word] as number);
  const { assignment, placeholders, users } = rules;
  switch (anchor.rule) {
    case "token":
      if (literalAt(text, start, anchor.literal()) === 0) return undefined;
      return matchToken(anchor.token(), placeholders, text, start, end, steps);
    case "named":
      return matchNamed(anchor.named(), assignment.form, placeholders, text, start, end, steps);
    case "assignment":
      return matchAssignment(assignment, placeholders, anchor.nameEnd, text, start, end, steps);
    case "pair":
      return matchPair(assignment.form, assignment.minBytes, placeholders, text, start, end, steps);
    case "userinfo":
      return matchUserinfo(users, placeholders, text, end, steps);
    case "private-key":
      return matchPrivateKey(text, start, end, steps);
  }
}
