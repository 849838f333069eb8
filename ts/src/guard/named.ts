/** Secrets that are known by a vendor's name before them and by their form (PRV-047), and pairs NAME:VALUE (PRV-048). */
import { type Assignment, isSecretLike } from "./assignment.js";
import { isIn, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import type { NamedRule } from "./pack.js";
import { isFiller, isPlaceholder, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";
import { behindRuns, compileRun, isMixed, type Run } from "./token.js";
import { type ValueForm, valueBehind } from "./value.js";

/** A named rule, compiled. */
export interface Named {
  readonly id: string;
  readonly runs: readonly Run[];
  readonly mixed: boolean;
}

const nameBytes = parseByteSet("A-Za-z0-9_-");
const [colon, slash] = [0x3a, 0x2f];

/** Compiles a named rule. */
export function compileNamed(rule: NamedRule): Named {
  return { id: rule.id, runs: rule.parts.map(compileRun), mixed: rule.mixed ?? false };
}

/** The value of the name at `start..end`, if all of it, or all of it before a slash, has the form. */
export function matchNamed(
  named: Named,
  form: ValueForm,
  placeholders: Placeholders,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): Finding | undefined {
  const value = valueBehind(form, "open", text, start, end, steps);
  if (!value) return undefined;
  const to = behindRuns(named.runs, text, value.from, steps);
  if (to !== value.to && (to < 0 || to > value.to || text[to] !== slash)) return undefined;
  if (named.mixed && !isMixed(text, value.from, to)) return undefined;
  if (isFiller(placeholders, text, value.from, to)) return undefined;
  return { rule: named.id, start: value.from, end: to };
}

/** NAME:VALUE behind the flag at `start..end`, if the value looks like a secret. A URL is no pair. */
export function matchPair(
  { form, minBytes }: Assignment,
  placeholders: Placeholders,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): Finding | undefined {
  if (isIn(nameBytes, text, start - 1)) return undefined;
  const value = valueBehind(form, "spaced", text, start, end, steps);
  if (!value) return undefined;
  let from = value.from;
  while (from < value.to && text[from] !== colon) from++;
  steps.left -= from - value.from;
  from++;
  if (text[from] === slash && text[from + 1] === slash) return undefined;
  if (value.to - from < minBytes || !isSecretLike(text, from, value.to)) return undefined;
  return isPlaceholder(placeholders, text, from, value.to) ? undefined : { rule: "pair", start: from, end: value.to };
}
