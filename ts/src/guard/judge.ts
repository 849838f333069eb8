/** The judgement of one text: pure, total, and the same in both languages (docs/privacy.md). */
import { classLimits } from "../gen/tables.js";
import type { TextClass, TextPolicy } from "../record/schema.js";
import { isUtf8 } from "../record/wire.js";
import { type Finding, inOrder, type Judgement } from "./finding.js";
import { knowledge } from "./knowledge.js";
import type { Known } from "./known.js";
import { findOpaque } from "./opaque.js";
import { findSecrets } from "./secrets.js";
import { judgeCommand, mostCommandInput } from "./shape.js";
import { budgetOf } from "./steps.js";
import { structureOffences } from "./structure.js";
import { surveyed } from "./survey.js";

/** The policy of a class alone: its own limit, any shape, the lengths and words that PRV-010 and PRV-011 name. */
export function policyOf(textClass: TextClass): TextPolicy {
  return { class: textClass, maxBytes: classLimits[textClass], shape: "ANY", hexLengths: [], values: [] };
}

/**
 * Says whether a text of UTF-8 may be stored under a policy; `known` is what only this process knows. Never throws. The first of these that holds decides alone:
 * `pack` (the rule pack is damaged), `empty`, `too-long`, `input` (not UTF-8), `budget`; then structure and secret rules both look.
 */
export function judge(policy: TextPolicy, text: Uint8Array, known?: Known): Judgement {
  const knows = knowledge();
  if (!knows) return reject({ rule: "pack" });
  if (text.length === 0) return reject({ rule: "empty" });
  const limit = policy.class === "COMMAND" ? mostCommandInput : policy.maxBytes;
  if (text.length > limit) return reject({ rule: "too-long" });
  if (policy.class === "COMMAND")
    return isUtf8(text) ? judgeCommand(knows, text, policy.maxBytes, known) : reject({ rule: "input" });
  const steps = budgetOf(text);
  const { findings: secrets, seen, run } = findSecrets(knows.secrets, text, steps, known);
  const isSpent = steps.left < 0;
  const isAscii = !isSpent && (seen & surveyed.nonAscii) === 0;
  if (!isAscii && policy.class !== "OPAQUE" && !isUtf8(text)) return reject({ rule: "input" });
  if (isSpent) return reject({ rule: "budget" });
  const offences = structureOffences(knows, policy, text, seen);
  const opaque = run >= 0 && isPlaceOfWords(policy) ? findOpaque(knows.opaque, text, run) : none;
  if (secrets.length + offences.length + opaque.length === 0) return allowed;
  return reject(...offences, ...secrets, ...opaque);
}

/** Whether random text is out of place under a policy (PRV-100). */
export function isPlaceOfWords({ class: textClass, shape }: TextPolicy): boolean {
  if (textClass === "IDENT") return shape === "ANY" || shape === "NAME";
  return textClass === "NOTE" || textClass === "REPO_PATH" || textClass === "REF" || textClass === "URL";
}

const none: readonly Finding[] = [];
const allowed: Judgement = { action: "allow", findings: none };

function reject(...findings: Finding[]): Judgement {
  return { action: "reject", findings: inOrder(findings) };
}
