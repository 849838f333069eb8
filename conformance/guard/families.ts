/** A secret of each family that the rule pack knows, made by recipe at run time. */
import { readFileSync } from "node:fs";
import type { SourcePack } from "../../schema/rule-pack-lint.js";
import type { Part } from "../../ts/src/guard/pack.js";
import { expand, recipeOf } from "./token.js";

/** A secret as it would be leaked. */
export interface Secret {
  /** The rule that knows it. */
  readonly family: string;
  readonly group: "token" | "named" | "assignment";
  /** The name that stands before it, lower case with underscores; absent where its form alone gives it away. */
  readonly name?: string;
  readonly value: string;
}

interface NamedRule {
  readonly id: string;
  readonly names: readonly string[];
  readonly parts: readonly Part[];
  readonly mixed?: boolean;
}

const alphanumeric = { set: "A-Za-z0-9", min: 20 };

/**
 * One secret for each literal of each token rule, each name of each named rule and each keyword of the assignment rule.
 * The same seed gives the same secrets.
 */
export function secrets(seed: number): Secret[] {
  const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack & {
    named?: readonly NamedRule[];
  };
  const drawn = (rule: Parameters<typeof recipeOf>[0], literal: string, offset: number): string =>
    recipeOf(rule, literal, rule.parts, seed * 5000 + offset)
      .map(expand)
      .join("");
  return [
    ...pack.tokens.flatMap((rule, i) =>
      rule.literals.map((literal): Secret => ({ family: rule.id, group: "token", value: drawn(rule, literal, i) })),
    ),
    ...(pack.named ?? []).flatMap((rule, i) =>
      rule.names.map((name): Secret => {
        const value = drawn({ ...rule, literals: [] }, "", 1000 + i);
        return { family: rule.id, group: "named", name: `${name}_key`, value };
      }),
    ),
    ...pack.assignment.keywords.map((keyword, i): Secret => {
      const rule = { id: keyword, literals: [], parts: [alphanumeric], mixed: true };
      return { family: keyword, group: "assignment", name: nameOf(keyword), value: drawn(rule, "", 2000 + i) };
    }),
  ];
}

/** A keyword as a whole name: some are only the end of one. */
function nameOf(keyword: string): string {
  return /^[_-]/.test(keyword) ? `my${keyword}` : keyword;
}
