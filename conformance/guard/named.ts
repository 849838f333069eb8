/**
 * Every named rule of the pack: its shortest value behind a name with spaces and quotes and in a query, and what must
 * pass. The recipes come from the source.
 */
import { readFileSync } from "node:fs";
import type { SourceNamed, SourcePack } from "../../schema/rule-pack-lint.js";
import { lengthOf, type Part, pieceOf, seedOf, textOf } from "./recipe.js";
import type { GuardRow, Piece } from "./row.js";

const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack;
const { keywords } = pack.assignment;

/** Rows of cases/guard/named.json. */
export function namedRows(): GuardRow[] {
  return (pack.named ?? []).flatMap((rule) => [inCode(rule), inQuery(rule), nameless(rule), ...misfits(rule)]);
}

function inCode(rule: SourceNamed): GuardRow {
  const name = `${rule.names[0]?.toUpperCase()}_API_KEY`;
  return found(rule, `${rule.id} is found behind its name`, name, `${name} = "`, '"');
}

function inQuery(rule: SourceNamed): GuardRow {
  const name = `${rule.names.at(-1)}_key`;
  return found(rule, `${rule.id} is found in a query`, name, `https://example.org/x?${name}=`, "&y=1");
}

/** Where the name is that of any secret, the value is found as such, too. */
function found(rule: SourceNamed, title: string, name: string, before: string, behind: string): GuardRow {
  const value = valuePieces(rule, rule.parts);
  const [start, end] = [before.length, before.length + lengthOf(value)];
  const rules = isAnySecret(name) ? ["assignment", rule.id].sort() : [rule.id];
  return {
    name: title,
    proves: ["PRV-047"],
    class: "OPAQUE",
    recipe: [{ literal: before }, ...value, { literal: behind }],
    action: "reject",
    findings: rules.map((id) => ({ rule: id, start, end })),
  };
}

function nameless(rule: SourceNamed): GuardRow {
  return passes(`${rule.id} without its name is none`, [{ literal: 'value = "' }, ...valuePieces(rule, rule.parts)]);
}

/** Values a byte too short, and a byte too long where there is one length; where the name alone makes them no secret. */
function misfits(rule: SourceNamed): GuardRow[] {
  const name = rule.names.find((each) => !isAnySecret(each));
  if (name === undefined) return [];
  const last = rule.parts.findLastIndex((part) => part.set !== undefined);
  const resized = (by: number): Piece[] => {
    const parts = rule.parts.map((part, i) => (i === last ? { ...part, min: (part.min ?? 0) + by } : part));
    return [{ literal: `${name} = "` }, ...valuePieces(rule, parts), { literal: '"' }];
  };
  const rows = [passes(`${rule.id} with a byte less is none`, resized(-1))];
  if (rule.parts.every(({ min, max }) => (max ?? min) === min))
    rows.push(passes(`${rule.id} with a byte more is none`, resized(1)));
  return rows;
}

function passes(name: string, recipe: Piece[]): GuardRow {
  return { name, proves: ["PRV-047"], class: "OPAQUE", recipe, action: "allow", findings: [] };
}

/** Whether a keyword of the assignment rule makes a name that of a secret. */
function isAnySecret(name: string): boolean {
  return keywords.some((keyword) => new RegExp(`${keyword}([_-].{0,23})?$`, "i").test(name));
}

/** The recipe of a value with the first seed that gives it a letter and a digit, and nothing but padding behind an equals sign. */
function valuePieces(rule: SourceNamed, parts: readonly Part[]): Piece[] {
  for (let attempt = 0; ; attempt++) {
    const value = parts.map((part, i) => pieceOf(part, seedOf(rule.id) * 16 + attempt * 10_000 + i));
    const text = textOf(value);
    if (!/=[^=]/.test(text) && /[0-9]/.test(text) && /[A-Za-z]/.test(text)) return value;
  }
}
