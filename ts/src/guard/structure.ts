/** Structure: what the class of a text allows, before any rule looks for secrets (PRV-010 to PRV-036). */
import type { TextPolicy } from "../record/schema.js";
import { lower, lowerHexDigits, parseByteSet } from "./byte-set.js";
import { findEmail } from "./email.js";
import { type Finding, findingAt } from "./finding.js";
import { misfit, misfitOf } from "./ident.js";
import type { Knowledge } from "./knowledge.js";
import { noteOffences } from "./note.js";
import { pathOffence, refOffence } from "./path.js";
import { surveyed } from "./survey.js";
import { misfitOfUrl } from "./url.js";

const word = parseByteSet("a-z0-9_");
const anyDigest = [32, 40, 64];

/** What is wrong with the structure of a text that is not empty, not too long, and UTF-8; for every class but COMMAND. `seen` is its survey. */
export function structureOffences(
  knowledge: Knowledge,
  policy: TextPolicy,
  text: Uint8Array,
  seen: number,
): readonly Finding[] {
  if (policy.class === "OPAQUE") return none;
  const isAscii = (seen & surveyed.nonAscii) === 0;
  const email = (seen & surveyed.at) === 0 ? undefined : findEmail(text);
  switch (policy.class) {
    case "ENUM":
      return one(enumOffence(policy.values, text));
    case "DIGEST":
      return one(digestOffence(policy.hexLengths, text));
    case "IDENT":
      return one(offenceOf("ident", text, misfit(policy.shape, text)), email);
    case "REPO_PATH":
      return one(pathOffence(knowledge.alphabet, text, isAscii), email);
    case "REF":
      return one(refOffence(knowledge.alphabet, text, isAscii), email);
    case "URL":
      return one(offenceOf("url", text, misfitOfUrl(text)), email);
    case "NOTE":
      return both(noteOffences(knowledge.alphabet, knowledge.turns, text, seen), one(email));
    case "COMMAND":
      return none;
  }
}

/** A listed value (PRV-010); where none are listed, a lower-case word of letters, digits and underscores. */
function enumOffence(values: readonly string[], text: Uint8Array): Finding | undefined {
  const bad = lower[text[0] ?? 0] === 1 ? misfitOf(word, text, 1, text.length) : 0;
  if (bad >= 0) return findingAt("enum", text, bad);
  return values.length === 0 || values.includes(String.fromCharCode(...text)) ? undefined : { rule: "enum" };
}

/** Lower-case hexadecimal of an allowed length (PRV-011); where none are given, 32, 40 or 64 digits. */
function digestOffence(lengths: readonly number[], text: Uint8Array): Finding | undefined {
  const bad = misfitOf(lowerHexDigits, text, 0, text.length);
  if (bad >= 0) return findingAt("digest", text, bad);
  return (lengths.length === 0 ? anyDigest : lengths).includes(text.length) ? undefined : { rule: "digest" };
}

function offenceOf(rule: string, text: Uint8Array, at: number): Finding | undefined {
  return at < 0 ? undefined : findingAt(rule, text, at);
}

const none: readonly Finding[] = [];

function one(first: Finding | undefined, second?: Finding): readonly Finding[] {
  if (!first) return second ? [second] : none;
  return second ? [first, second] : [first];
}

function both(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  return second.length === 0 ? first : [...first, ...second];
}
