/** Secrets that are known by their form: a literal and runs of byte sets, matched without going back (PRV-040, PRV-041). */
import { alphanumeric, type ByteSet, digits, holds, isIn, letters, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import type { Part, TokenRule } from "./pack.js";
import { isFiller, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";

/** A part, compiled: `literal`, or a run of `min` to `max` bytes of `set`. */
export interface Run {
  readonly literal: Uint8Array | undefined;
  readonly set: ByteSet;
  readonly min: number;
  readonly max: number;
}

/** A token rule, compiled. */
export interface Token {
  readonly id: string;
  readonly runs: readonly Run[];
  readonly lead: Run | undefined;
  readonly wordStart: boolean;
  readonly mixed: boolean;
}

const utf8 = new TextEncoder();

/** Compiles a token rule. */
export function compileToken(rule: TokenRule): Token {
  return {
    id: rule.id,
    runs: rule.parts.map(compileRun),
    lead: rule.lead && compileRun(rule.lead),
    wordStart: rule.wordStart ?? false,
    mixed: rule.mixed ?? false,
  };
}

/** Compiles a part. */
export function compileRun(part: Part): Run {
  const min = part.min ?? 0;
  const literal = part.literal === undefined ? undefined : utf8.encode(part.literal);
  return { literal, set: parseByteSet(part.set ?? ""), min, max: part.max ?? min };
}

/** The secret whose literal stands at `start..end`, letter for letter, if all of the rule fits. */
export function matchToken(
  token: Token,
  placeholders: Placeholders,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): Finding | undefined {
  let from = start;
  if (token.lead) {
    const { set, min, max } = token.lead;
    while (start - from < max && isIn(set, text, from - 1)) from--;
    steps.left -= start - from;
    if (start - from < min) return undefined;
  }
  if (token.wordStart && isIn(alphanumeric, text, from - 1)) return undefined;
  const at = behindRuns(token.runs, text, end, steps);
  if (at < 0 || (token.mixed && !isMixed(text, end, at))) return undefined;
  const body = token.lead ? from : end;
  steps.left -= at - body;
  return isFiller(placeholders, text, body, at) ? undefined : { rule: token.id, start: from, end: at };
}

/** Offset behind the runs that stand at `at`, one behind the other; -1 where they do not fit. */
export function behindRuns(runs: readonly Run[], text: Uint8Array, at: number, steps: Steps): number {
  let end = at;
  for (const run of runs) {
    const length = run.literal ? literalAt(text, end, run.literal) : runLength(text, end, run);
    steps.left -= length;
    if (length === 0 || length < run.min) return -1;
    end += length;
  }
  return end;
}

/** Whether `start..end` holds a letter and a digit. */
export function isMixed(text: Uint8Array, start: number, end: number): boolean {
  return holds(digits, text, start, end) && holds(letters, text, start, end);
}

function runLength(text: Uint8Array, at: number, run: Run): number {
  const { set, max } = run;
  let end = at;
  while (end - at < max && isIn(set, text, end)) end++;
  return end - at;
}

/** Length of the literal where it stands at `at`, letter for letter; else 0. */
export function literalAt(text: Uint8Array, at: number, literal: Uint8Array): number {
  for (let i = 0; i < literal.length; i++) if (text[at + i] !== literal[i]) return 0;
  return literal.length;
}
