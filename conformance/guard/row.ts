/** What the rows of the guard's cases are made of. */
import type { TextClass } from "../../ts/src/record/schema.js";

/** A piece of a recipe, or literal text. */
export type Piece = { literal: string } | { alphabet: string; length: number; seed: number };

/** A finding as the case expects it. */
export interface RowFinding {
  rule: string;
  start?: number;
  end?: number;
}

/** One case: a text of a class, and what becomes of it. */
export interface GuardRow {
  name: string;
  proves: string[];
  class: TextClass;
  /** Value of IdentShape without its prefix. */
  shape?: string;
  maxBytes?: number;
  hexLength?: number[];
  value?: string[];
  recipe?: Piece[];
  /** Values of baton.conformance.v1.Spelling without their prefix. */
  spellings?: string[];
  own?: { recipe?: Piece[]; home?: string; user?: string; host?: string };
  /** Bytes, for a text that is not UTF-8. */
  bytes?: number[];
  action: "allow" | "redact" | "reject";
  findings: RowFinding[];
  output?: string;
}

/** Options of a row besides its text. */
export type RowOptions = Partial<Pick<GuardRow, "shape" | "maxBytes" | "hexLength" | "value">>;

/** A row whose text is allowed. */
export function allows(
  name: string,
  proves: string[],
  textClass: TextClass,
  text: string,
  options: RowOptions = {},
): GuardRow {
  return { name, proves, class: textClass, recipe: [{ literal: text }], action: "allow", findings: [], ...options };
}

/** A row whose text is refused by `rule`; the finding is on what stands between ⟦ and ⟧, or has no offsets. */
export function refuses(
  name: string,
  proves: string[],
  textClass: TextClass,
  text: string,
  rule: string,
  options: RowOptions = {},
): GuardRow {
  const { literal, findings } = unmarked(text, [rule]);
  return { name, proves, class: textClass, recipe: [{ literal }], action: "reject", findings, ...options };
}

/** The text without its marks, and a finding on each marked range. */
function unmarked(text: string, rules: readonly string[]): { literal: string; findings: RowFinding[] } {
  const literal = text.replace(/[⟦⟧]/g, "");
  const marks = text.split("⟦").slice(1);
  if (marks.length === 0) return { literal, findings: rules.map((rule) => ({ rule })) };
  let before = text.split("⟦")[0] ?? "";
  const findings = marks.map((mark, i) => {
    const [inside = "", behind = ""] = mark.split("⟧");
    const start = Buffer.byteLength(before);
    before += inside + behind;
    return { rule: rules[i] ?? rules[0] ?? "", start, end: start + Buffer.byteLength(inside) };
  });
  return { literal, findings };
}
