/**
 * Looks for secrets: one pass of the automaton finds where rules may hold, and the rules look there; then the same in what
 * the text holds in another spelling (PRV-040 to PRV-048, PRV-090).
 */
import { type Assignment, matchAssignment } from "./assignment.js";
import { type Automaton, buildAutomaton, follow } from "./automaton.js";
import { type Derived, derivedTexts, firstRun } from "./derived.js";
import type { Finding } from "./finding.js";
import { findKnown, type Known } from "./known.js";
import { compileNamed, matchNamed, matchPair, type Named } from "./named.js";
import { once } from "./once.js";
import type { NamedRule, RulePack, TokenRule } from "./pack.js";
import { compilePlaceholders, type Placeholders } from "./placeholder.js";
import { matchPrivateKey, pemOpening } from "./private-key.js";
import type { Steps } from "./steps.js";
import { byteFlags } from "./survey.js";
import { compileToken, matchToken, type Token } from "./token.js";
import { matchUserinfo } from "./userinfo.js";
import { compileValueForm, type NameEnd } from "./value.js";

/** What looks where a word of the automaton stands. Rules are compiled when they are first come to: most never are. */
type Anchor =
  | { readonly kind: "token"; readonly rule: TokenRule; token: Token | undefined }
  | { readonly kind: "named"; readonly rule: NamedRule; named: Named | undefined }
  | { readonly kind: "assignment"; readonly nameEnd: NameEnd }
  | { readonly kind: "pair" | "userinfo" | "private-key" };

/** The secret rules, compiled. */
export interface SecretRules {
  /** Its words are ASCII, as the pack has them. */
  readonly automaton: Automaton;
  /** By word of the automaton. */
  readonly anchors: readonly Anchor[];
  readonly assignment: () => Assignment;
  readonly users: () => readonly Uint8Array[];
  readonly placeholders: () => Placeholders;
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
  const words: string[] = [];
  const anchors: Anchor[] = [];
  const add = (word: string, anchor: Anchor): void => {
    words.push(word);
    anchors.push(anchor);
  };
  // Names as variables have them, and as flags and headers do.
  const addNames = (names: readonly string[], anchorOf: (name: string) => Anchor): void => {
    names.forEach((name) => {
      add(name, anchorOf(name));
      if (!name.includes("_")) return;
      const spelled = name.replaceAll("_", "-");
      if (!names.includes(spelled)) add(spelled, anchorOf(spelled));
    });
  };
  pack.tokens.forEach((rule) => {
    const anchor: Anchor = { kind: "token", rule, token: undefined };
    rule.literals.forEach((literal) => {
      add(literal, anchor);
    });
  });
  pack.named?.forEach((rule) => {
    const anchor: Anchor = { kind: "named", rule, named: undefined };
    addNames(rule.names, () => anchor);
  });
  const { keywords, spaced, pairs, minBytes } = pack.assignment;
  addNames(keywords, (name) => ({ kind: "assignment", nameEnd: spaced.includes(name) ? "spaced" : "word" }));
  for (const flag of pairs ?? []) add(flag, { kind: "pair" });
  add("://", { kind: "userinfo" });
  add(pemOpening, { kind: "private-key" });
  return {
    automaton: buildAutomaton(words),
    anchors,
    assignment: once(() => ({ form: compileValueForm(pack.assignment), minBytes })),
    users: once(() => pack.userinfo.users.map((user) => utf8.encode(user))),
    placeholders: once(() => compilePlaceholders(pack.placeholders)),
  };
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
    if ((cell & 1) === 1) {
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

function isForm({ kind }: Anchor): boolean {
  return kind === "token" || kind === "private-key";
}

function look(rules: SecretRules, word: number, text: Uint8Array, end: number, steps: Steps): Finding | undefined {
  const anchor = rules.anchors[word] as Anchor;
  const literal = rules.automaton.words[word] as string;
  const start = end - literal.length;
  const { assignment, placeholders, users } = rules;
  switch (anchor.kind) {
    case "token":
      if (!stands(literal, text, start)) return undefined;
      anchor.token ??= compileToken(anchor.rule);
      return matchToken(anchor.token, placeholders(), text, start, end, steps);
    case "named":
      anchor.named ??= compileNamed(anchor.rule);
      return matchNamed(anchor.named, assignment().form, placeholders(), text, start, end, steps);
    case "assignment":
      return matchAssignment(assignment(), placeholders(), anchor.nameEnd, text, start, end, steps);
    case "pair":
      return matchPair(assignment(), placeholders(), text, start, end, steps);
    case "userinfo":
      return matchUserinfo(users(), placeholders(), text, end, steps);
    case "private-key":
      return matchPrivateKey(text, start, end, steps);
  }
}

/** Whether a literal of ASCII stands at `start`, letter for letter. */
function stands(literal: string, text: Uint8Array, start: number): boolean {
  for (let i = 0; i < literal.length; i++) if (text[start + i] !== literal.charCodeAt(i)) return false;
  return true;
}
