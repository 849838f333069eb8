/** The verdict as bytes: deterministic, and the same in both languages (PRV-003). */
import { guardVerdictTable } from "../gen/tables.js";
import { encodeMessage } from "../record/wire.js";
import type { Judgement } from "./finding.js";

/** Numbers of baton.guard.v1.Action. */
const actions = { allow: 1, redact: 2, reject: 3 } as const;

/** Encodes baton.guard.v1.Verdict; `field` is the path inside the record, where there is one. */
export function encodeVerdict(judgement: Judgement, field?: string): Uint8Array {
  const findings = judgement.findings.map((finding) => (field === undefined ? finding : { ...finding, field }));
  return encodeMessage(guardVerdictTable, { action: actions[judgement.action], findings });
}
