/** Texts that have passed the guard. */
import { errors } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import type { TextPolicy } from "../record/schema.js";
import type { Judgement } from "./finding.js";
import { judge } from "./judge.js";
import type { Known } from "./known.js";

declare const guarded: unique symbol;

/** UTF-8 that the guard allowed, or its redacted form. Only the guard can make one. */
export type GuardedText = Uint8Array & { readonly [guarded]: true };

const utf8 = new TextEncoder();

/**
 * Judges a text under a policy and gives its UTF-8, redacted where the class redacts. `field` is its path inside the
 * record, `known` what only this process knows. Throws GUARD_REFUSED with field and rules, or GUARD_PACK where the rule pack is damaged.
 */
export function guardText(policy: TextPolicy, text: string, field?: string, known?: Known): GuardedText {
  if (hasLoneSurrogate(text)) throw refusal({ action: "reject", findings: [{ rule: "input" }] }, field);
  return guardBytes(policy, utf8.encode(text), field, known);
}

/** As `guardText`, for a text that comes as bytes. */
export function guardBytes(policy: TextPolicy, text: Uint8Array, field?: string, known?: Known): GuardedText {
  const judgement = judge(policy, text, known);
  if (judgement.action === "reject") throw refusal(judgement, field);
  return (judgement.output ?? text) as GuardedText;
}

/** The error of a judgement that rejects: names field, rules and offsets, never the text. */
export function refusal(judgement: Judgement, field?: string): BatonError {
  const rules = judgement.findings.map(({ rule, start, end }) =>
    start === undefined ? `rule ${rule}` : `rule ${rule} at ${start}..${end}`,
  );
  const error = rules[0] === "rule pack" ? errors.GUARD_PACK : errors.GUARD_REFUSED;
  const place = [...(field === undefined ? [] : [field]), ...rules].join(", ");
  return batonError(error, field === undefined ? { place } : { place, field });
}

/** Whether the text holds half of a surrogate pair, which UTF-8 cannot carry. */
function hasLoneSurrogate(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return true;
    i++;
  }
  return false;
}
