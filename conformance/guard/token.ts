/** Every token rule of the pack: the shortest text that it finds, and one byte less. The recipes come from the source. */
import { readFileSync } from "node:fs";
import type { SourcePack, SourceToken } from "../../schema/rule-pack-lint.js";
import type { Part } from "../../ts/src/guard/pack.js";
import { drawFrom } from "../draw.js";
import { membersOf } from "../guard-lines.js";
import type { GuardRow, Piece } from "./row.js";

/** Rows of cases/guard/token.json. */
export function tokenRows(): GuardRow[] {
  const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack;
  return pack.tokens.flatMap((rule, seed) => [found(rule, seed), foundInside(rule, seed), missed(rule, seed)]);
}

function found(rule: SourceToken, seed: number): GuardRow {
  const recipe = recipeOf(rule, rule.literals[0] ?? "", rule.parts, seed);
  const findings = [{ rule: rule.id, start: 0, end: lengthOf(recipe) }];
  return { name: `${rule.id} is found`, proves: ["PRV-040"], class: "OPAQUE", recipe, action: "reject", findings };
}

function foundInside(rule: SourceToken, seed: number): GuardRow {
  const before = "https://example.org/a/";
  const literal = rule.literals[rule.literals.length - 1] ?? "";
  const token = recipeOf(rule, literal, rule.parts, seed + 1000);
  const findings = [{ rule: rule.id, start: before.length, end: before.length + lengthOf(token) }];
  const recipe = [{ literal: before }, ...token, { literal: "?z" }];
  const name = `${rule.id} is found inside a URL`;
  return { name, proves: ["PRV-041"], class: "OPAQUE", recipe, action: "reject", findings };
}

function missed(rule: SourceToken, seed: number): GuardRow {
  const parts = [...rule.parts];
  const last = parts.findLastIndex((part) => part.set !== undefined);
  const part = parts[last] ?? {};
  parts[last] = { ...part, min: (part.min ?? 1) - 1 };
  const recipe = [...recipeOf(rule, rule.literals[0] ?? "", parts.slice(0, last + 1), seed), { literal: " " }];
  const name = `${rule.id} with a byte less is none`;
  return { name, proves: ["PRV-040"], class: "OPAQUE", recipe, action: "allow", findings: [] };
}

/** The recipe with the first seed that gives a rule of mixed bytes both a letter and a digit. */
export function recipeOf(rule: SourceToken, literal: string, parts: readonly Part[], seed: number): Piece[] {
  const lead = rule.lead ? [pieceOf(rule.lead, seed + 500)] : [];
  for (let attempt = 0; ; attempt++) {
    const body = parts.map((part, i) => pieceOf(part, seed * 16 + attempt * 10_000 + i));
    const text = body.map((piece) => expand(piece)).join("");
    if (!rule.mixed || (/[0-9]/.test(text) && /[A-Za-z]/.test(text))) return [...lead, { literal }, ...body];
  }
}

/** The text of a piece. */
export function expand(piece: Piece): string {
  if ("literal" in piece) return piece.literal;
  const draw = drawFrom(piece.seed);
  return Array.from({ length: piece.length }, () => piece.alphabet.charAt(draw(piece.alphabet.length))).join("");
}

function pieceOf(part: Part, seed: number): Piece {
  if (part.literal !== undefined) return { literal: part.literal };
  return { alphabet: membersOf(part.set ?? ""), length: part.min ?? 0, seed };
}

function lengthOf(recipe: readonly Piece[]): number {
  return recipe.reduce((sum, piece) => sum + ("literal" in piece ? piece.literal.length : piece.length), 0);
}
