/** Secrets that the texts of one record make together, one behind the other (PRV-120). */
import type { TextPolicy } from "../record/schema.js";
import { isPlaceOfWords } from "./judge.js";
import { knowledge } from "./knowledge.js";
import type { Known } from "./known.js";
import { findTokens } from "./secrets.js";
import { budgetOf } from "./steps.js";

/** More than a record can hold: its texts are joined without what stands between them. */
const joined = new Uint8Array(8192);
/** Where each text ends in `joined`. */
const ends = new Int32Array(1024);
let count = 0;

/** Forgets all texts but the first `kept`: 0 before a record, and what `neighbourCount` gave before a part of one again. */
export function dropNeighbours(kept: number): void {
  count = kept;
}

/** How many texts are known. */
export function neighbourCount(): number {
  return count;
}

/** Takes the next text of the record, as it will be stored. */
export function addNeighbour(policy: TextPolicy, text: Uint8Array): void {
  const isFree = policy.class === "COMMAND" || policy.shape === "MODEL" || isPlaceOfWords(policy);
  const start = count === 0 ? 0 : (ends[count - 1] as number);
  if (!isFree || count === ends.length || start + text.length > joined.length) return;
  for (let i = 0; i < text.length; i++) joined[start + i] = text[i] as number;
  ends[count] = start + text.length;
  count++;
}

/** Whether two or more of the texts make a secret together. */
export function isSplitSecret(known: Known | undefined): boolean {
  if (count < 2) return false;
  const knows = knowledge();
  const text = joined.subarray(0, ends[count - 1]);
  const findings = knows && findTokens(knows.secrets, text, budgetOf(text), known);
  if (!findings) return true;
  const isAcross = (start: number, end: number): boolean =>
    ends.subarray(0, count - 1).some((boundary) => start < boundary && boundary < end);
  return findings.some(({ start = 0, end = 0 }) => isAcross(start, end));
}
