/** A secret of each family that the rule pack knows, made by recipe at run time. */
import { readFileSync } from "node:fs";
import type { SourcePack } from "../../schema/rule-pack-lint.js";
import { type Part, pieceOf, seedOf, textOf } from "./recipe.js";

/** A secret as it would be leaked. */
export interface Secret {
  /** The rule that knows it; of the assignment rule the keyword. */
  readonly family: string;
  readonly group: "token" | "named" | "assignment";
  /** The name that stands before it, lower case with underscores; absent where its form alone gives it away. */
  readonly name?: string;
  readonly value: string;
}

const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack;

/**
 * One secret for each literal of each token rule, each name of each named rule and each keyword of the assignment rule.
 * The same seed gives the same secrets.
 */
export function secrets(seed: number): Secret[] {
  return [
    ...pack.tokens.flatMap(({ id, literals, lead, parts }) =>
      literals.map((literal): Secret => {
        const all = [...(lead ? [lead] : []), { literal }, ...parts];
        return { family: id, group: "token", value: drawnValue(all, seedOf(id) + seed * 7919) };
      }),
    ),
    ...(pack.named ?? []).flatMap(({ id, names, parts }) =>
      names.map((name): Secret => {
        const value = drawnValue(parts, seedOf(id) + seed * 7919);
        return { family: id, group: "named", name: /key$/.test(name) ? name : `${name.replace(/_$/, "")}_key`, value };
      }),
    ),
    ...pack.assignment.keywords.map((keyword): Secret => {
      const value = drawnValue([{ set: "A-Za-z0-9", min: 20 }], seedOf(keyword) + seed * 7919);
      return { family: keyword, group: "assignment", name: nameOf(keyword), value };
    }),
  ];
}

/** The first value with a letter and a digit: rules ask that of what may be a word or a number. */
function drawnValue(parts: readonly Part[], seed: number): string {
  for (let attempt = 0; ; attempt++) {
    const drawn = parts.map((part, i) => pieceOf(part, seed * 16 + attempt * 10_000 + i));
    const text = textOf(drawn.filter((_, i) => parts[i]?.set !== undefined));
    if (attempt === 100 || (/[0-9]/.test(text) && /[A-Za-z]/.test(text))) return textOf(drawn);
  }
}

/** A keyword as a whole name: some are only the end of one. */
function nameOf(keyword: string): string {
  return /^[_-]/.test(keyword) ? `my${keyword}` : keyword;
}
