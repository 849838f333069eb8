/**
 * What a rule pack must be so that matching is one pass without going back, the same in every language: docs/privacy.md,
 * PRV-050 to PRV-055.
 */
import { parseByteSet } from "../ts/src/guard/byte-set.js";
import { shortestRun } from "../ts/src/guard/derived.js";
import type { NamedRule, RulePack, TokenRule } from "../ts/src/guard/pack.js";
import { turnOpenings } from "../ts/src/guard/survey.js";

/** A token rule as it stands in the source: with where it is from. */
export type SourceToken = TokenRule & { readonly provenance?: string };

/** A named rule as it stands in the source: with where it is from. */
export type SourceNamed = NamedRule & { readonly provenance?: string };

/** What is looked at of rules/rule-pack.json, the proto3 JSON of a pack. */
export type SourcePack = Pick<
  RulePack,
  "version" | "assignment" | "placeholders" | "alphabet" | "opaque" | "turnMarks" | "roles"
> & {
  readonly tokens: readonly SourceToken[];
  readonly named?: readonly SourceNamed[];
};

/** Rule ids of the guard itself. */
const takenIds = new Set(
  "pack empty too-long input budget enum digest ident path ref url alphabet mixed-script words line markup role email assignment pair userinfo private-key opaque known-secret home-directory user-name host-name split command-value command-compound command-form".split(
    " ",
  ),
);

/** Every breach, as one line each: rule, what is wrong. */
export function rulePackProblems(pack: SourcePack): string[] {
  const ids = new Set(takenIds);
  const problems = [
    ...listProblems(pack.tokens, ids, tokenProblems),
    ...listProblems(pack.named ?? [], ids, namedProblems),
  ];
  const { keywords, spaced, pairs } = pack.assignment;
  for (const keyword of [...keywords, ...spaced])
    if (!/^[a-z_-]{3,}$/.test(keyword)) problems.push(`assignment: keyword ${keyword} is not lower case`);
  if (!areDifferent(keywords)) problems.push("assignment: a keyword stands twice, or two are one with hyphens");
  for (const flag of pairs ?? [])
    if (!/^[\x21-\x7e]+$/.test(flag)) problems.push(`assignment: flag ${flag} is not ASCII`);
  for (const word of Object.values(pack.placeholders).flat())
    if (word === "" || word !== asciiLower(word)) problems.push(`placeholders: ${word} is empty or not lower case`);
  for (const part of pack.placeholders.parts)
    if (Buffer.byteLength(part) < 4) problems.push(`placeholders: part ${part} is shorter than four bytes`);
  if (pack.opaque.minBytes < shortestRun) problems.push(`opaque: min_bytes is below ${shortestRun}`);
  for (const mark of pack.turnMarks)
    if (turnOpenings[mark.charCodeAt(0)] !== 1) problems.push(`turn_marks: ${mark} begins with none of < | [ ~`);
  for (const role of pack.roles) if (!/^[a-z]{3,}$/.test(role)) problems.push(`roles: ${role} is no lower-case word`);
  return [...problems, ...alphabetProblems(pack.alphabet)];
}

/** What holds for a list of rules and each of them; `ids` are taken, and the ids of the list then are, too. */
function listProblems<R extends SourceToken | SourceNamed>(
  rules: readonly R[],
  ids: Set<string>,
  problemsOf: (rule: R) => string[],
): string[] {
  let last = "";
  return rules.flatMap((rule) => {
    const problems = [...ruleProblems(rule), ...problemsOf(rule)];
    if (rule.id <= last) problems.push("ids are not sorted, or one stands twice");
    if (ids.has(rule.id)) problems.push("id is taken");
    last = rule.id;
    ids.add(rule.id);
    return problems.map((problem) => `${rule.id}: ${problem}`);
  });
}

/** What holds for rules of both kinds: id, provenance, and parts that are matched without going back. */
function ruleProblems(rule: SourceToken | SourceNamed): string[] {
  const problems: string[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule.id)) problems.push("id is not lower-case kebab");
  if (!rule.provenance) problems.push("has no provenance");
  if (rule.parts.length === 0) problems.push("has no parts");
  const lead = "lead" in rule && rule.lead ? [rule.lead] : [];
  for (const part of [...rule.parts, ...lead]) {
    if ((part.literal === undefined) === (part.set === undefined))
      problems.push("a part is not one of literal and set");
    if (part.set !== undefined && !(part.min && part.min >= 1 && (part.max ?? part.min) >= part.min))
      problems.push("a part has no lengths, or the wrong way round");
  }
  rule.parts.forEach((part, i) => {
    const next = rule.parts[i + 1];
    if (part.set === undefined || next === undefined || (part.max ?? part.min) === part.min) return;
    const set = parseByteSet(part.set);
    const first = next.literal === undefined ? parseByteSet(next.set ?? "") : parseByteSet(next.literal.charAt(0));
    if (set.some((member, byte) => member === 1 && first[byte] === 1))
      problems.push(`a part of variable length runs into what follows it (part ${i + 1})`);
  });
  return problems;
}

function tokenProblems(rule: SourceToken): string[] {
  const problems: string[] = [];
  if (rule.literals.length === 0) problems.push("has no literal");
  for (const literal of rule.literals)
    if (!/^[\x21-\x7e]{2,}$/.test(literal)) problems.push(`literal ${literal} is not two or more printable bytes`);
  if (rule.lead && rule.lead.set === undefined) problems.push("a lead is a set");
  return problems;
}

/** Whether no name stands twice, and no two that hold an underscore are one with hyphens. */
function areDifferent(names: readonly string[]): boolean {
  const spelled = names.filter((name) => name.includes("_")).map((name) => name.replaceAll("_", "-"));
  return [names, spelled].every((list) => new Set(list).size === list.length);
}

/** Shortest value of a named rule, in bytes: what is shorter is a word or a number somewhere. */
const leastNamedBytes = 12;

function namedProblems(rule: SourceNamed): string[] {
  const problems: string[] = [];
  if (rule.names.length === 0) problems.push("has no name");
  for (const name of rule.names)
    if (!/^[a-z0-9._-]{3,}$/.test(name)) problems.push(`name ${name} is not three or more bytes of a-z0-9._-`);
  if (!areDifferent(rule.names)) problems.push("a name stands twice, or two are one with hyphens");
  const least = rule.parts.reduce((sum, { literal, min }) => sum + (literal?.length ?? min ?? 0), 0);
  if (least < leastNamedBytes) problems.push(`takes values of fewer than ${leastNamedBytes} bytes`);
  return problems;
}

function alphabetProblems(alphabet: SourcePack["alphabet"]): string[] {
  const problems: string[] = [];
  const taken = new Map<number, string>();
  const names = new Set(alphabet.scripts.map((script) => script.name));
  const groups = [...alphabet.scripts, { name: "signs", ranges: alphabet.signs }];
  for (const { name, ranges } of groups)
    for (const range of ranges) {
      const [, first, last] = /^([0-9A-F]{4})(?:-([0-9A-F]{4}))?$/.exec(range) ?? [];
      if (!first) problems.push(`alphabet: range ${range} is not hexadecimal`);
      for (let code = Number.parseInt(first ?? "0", 16); code <= Number.parseInt(last ?? first ?? "0", 16); code++) {
        const owner = taken.get(code);
        if (owner) problems.push(`alphabet: ${range} of ${name} is in ${owner} too`);
        taken.set(code, name);
      }
    }
  for (const mix of alphabet.mixes)
    for (const name of mix.scripts) if (!names.has(name)) problems.push(`alphabet: no script ${name}`);
  if (alphabet.scripts.length > 24) problems.push("alphabet: more than 24 scripts");
  return problems;
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
