/**
 * Every token rule of the pack: the shortest text that it finds, one byte less, and its twins that must pass. The recipes
 * come from the source.
 */
import { readFileSync } from "node:fs";
import type { SourcePack, SourceToken } from "../../schema/rule-pack-lint.js";
import { membersOf } from "../guard-lines.js";
import { lengthOf, type Part, pieceOf, seedOf, textOf } from "./recipe.js";
import type { GuardRow, Piece } from "./row.js";

/** Rows of cases/guard/token.json. */
export function tokenRows(): GuardRow[] {
  const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack;
  return pack.tokens.flatMap((rule) => [found(rule), foundInside(rule), missed(rule), ...twins(rule)]);
}

function found(rule: SourceToken): GuardRow {
  const recipe = recipeOf(rule);
  const findings = [{ rule: rule.id, start: 0, end: lengthOf(recipe) }];
  return { name: `${rule.id} is found`, proves: ["PRV-040"], class: "OPAQUE", recipe, action: "reject", findings };
}

function foundInside(rule: SourceToken): GuardRow {
  const before = "https://example.org/a/";
  const token = recipeOf(rule, { literal: rule.literals.at(-1) ?? "", seed: seedOf(rule.id) + 1000 });
  const findings = [{ rule: rule.id, start: before.length, end: before.length + lengthOf(token) }];
  const recipe = [{ literal: before }, ...token, { literal: "?z" }];
  const name = `${rule.id} is found inside a URL`;
  return { name, proves: ["PRV-041"], class: "OPAQUE", recipe, action: "reject", findings };
}

/** The last set of the rule is a byte short, or where it has none its lead, or its last literal. */
function missed(rule: SourceToken): GuardRow {
  const last = rule.parts.findLastIndex((part) => part.set !== undefined);
  const cut = last < 0 && !rule.lead ? rule.parts.length - 1 : last;
  const short =
    cut < 0
      ? { ...rule, lead: shorter(rule.lead) }
      : { ...rule, parts: [...rule.parts.slice(0, cut), shorter(rule.parts[cut])] };
  return passes(`${rule.id} with a byte less is none`, "PRV-040", [...recipeOf(short), { literal: " " }]);
}

/** What looks like the secret and is none: in the wrong case, inside a word, and a word where a secret is mixed. */
function twins(rule: SourceToken): GuardRow[] {
  const literal = rule.literals[0] ?? "";
  const rows: GuardRow[] = [];
  const swapped = literal.replace(/[A-Za-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20));
  if (swapped !== literal)
    rows.push(passes(`${rule.id} in the wrong case is none`, "PRV-040", recipeOf(rule, { literal: swapped })));
  if (rule.wordStart)
    rows.push(passes(`${rule.id} inside a word is none`, "PRV-041", [{ literal: "x" }, ...recipeOf(rule)]));
  const letters = rule.parts.map(lettersOf);
  if (rule.mixed && letters.every((part) => part.set !== "" && !/[0-9]/.test(part.literal ?? ""))) {
    const recipe = recipeOf({ ...rule, parts: letters, mixed: false });
    rows.push(passes(`${rule.id} of letters alone is none`, "PRV-040", recipe));
  }
  return rows;
}

function passes(name: string, proves: string, recipe: Piece[]): GuardRow {
  return { name, proves: [proves], class: "OPAQUE", recipe, action: "allow", findings: [] };
}

/** The part with only the letters of its set. */
function lettersOf(part: Part): Part {
  return part.set === undefined ? part : { ...part, set: membersOf(part.set).replace(/[^A-Za-z]/g, "") };
}

function shorter(part: Part | undefined): Part {
  return part?.literal !== undefined ? { literal: part.literal.slice(0, -1) } : { ...part, min: (part?.min ?? 1) - 1 };
}

/** The recipe with the first seed that gives a rule of mixed bytes both a letter and a digit. */
export function recipeOf(
  rule: SourceToken,
  { literal = rule.literals[0] ?? "", seed = seedOf(rule.id) } = {},
): Piece[] {
  const lead = rule.lead ? [pieceOf(rule.lead, seed + 500)] : [];
  for (let attempt = 0; ; attempt++) {
    const body = rule.parts.map((part, i) => pieceOf(part, seed * 16 + attempt * 10_000 + i));
    const text = textOf(body);
    if (!rule.mixed || (/[0-9]/.test(text) && /[A-Za-z]/.test(text))) return [...lead, { literal }, ...body];
  }
}
