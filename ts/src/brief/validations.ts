/** The last validations with their verdicts (BRF-013). */
import { judgedValidationTable } from "../gen/tables.js";
import type { Decoded } from "../record/wire.js";
import { code, word } from "./escape.js";
import type { Facts } from "./facts.js";
import { enumNumber, integerOf, textOf } from "./fields.js";
import { type Line, shortId } from "./line.js";
import { ago } from "./time.js";
import { verdictOf } from "./verdict.js";

/** Most validations that a brief shows. */
const mostValidations = 5;

/** The last validations, each with its verdict; as many as a brief shows unless `most` says otherwise. */
export function validations(facts: Facts, most = mostValidations): Line[] {
  return facts
    .of("validation")
    .slice(0, most)
    .map(({ record, value, at }) => {
      const verdict = verdictOf(value, facts.here);
      const label = textOf(value, "label");
      const command = code(textOf(value, "command") ?? "");
      const parts = [`${label === undefined ? command : `${word(label)} ${command}`} ${outcomeOf(value)}`];
      const commit = textOf(value, "commit");
      if (verdict === "") parts.push("not proof");
      if (verdict === "stale" && commit !== undefined) parts.push(`HEAD was ${shortId(commit)}`);
      if (verdict === "dirty") parts.push("files changed since");
      const worktree = textOf(value, "worktree");
      if (worktree !== undefined && facts.here?.worktree !== undefined && worktree !== facts.here.worktree)
        parts.push("other worktree");
      parts.push(ago(at, facts.now));
      return {
        text: `check ${verdict || "reported"}: ${parts.join(", ")}`,
        validation: { record, verdict: verdict === "" ? 0 : enumNumber(judgedValidationTable, "verdict", verdict) },
      };
    });
}

function outcomeOf(validation: Decoded): string {
  const exit = integerOf(validation, "exitCode");
  const outcome = exit === undefined ? "exit not known" : exit === 0 ? "passed" : `exit ${exit}`;
  const passed = integerOf(validation, "testsPassed");
  const failed = integerOf(validation, "testsFailed") ?? 0;
  if (failed > 0 && passed !== undefined) return `${outcome}, ${failed} of ${tests(passed + failed)} failed`;
  if (failed > 0) return `${outcome}, ${tests(failed)} failed`;
  return passed === undefined ? outcome : `${outcome}, ${tests(passed)}`;
}

function tests(count: number): string {
  return count === 1 ? "1 test" : `${count} tests`;
}
