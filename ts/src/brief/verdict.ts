/** Whether a validation still holds (BRF-040 … BRF-045). */
import { validationTable } from "../gen/tables.js";
import type { Decoded } from "../record/wire.js";
import { enumOf, textOf } from "./fields.js";
import type { GitFacts } from "./git-facts.js";

/** Short names of baton.state.v1.Verdict; "" is "not judged". */
export type Verdict = "" | "fresh" | "stale" | "dirty" | "unknown";

/** Whether the source of a validation counts as proof; what a model reported does not. */
function isProof(validation: Decoded): boolean {
  const source = enumOf(validationTable, validation, "source");
  return source === "run" || source === "hook" || source === "plugin";
}

/** Judges a validation by what git says now; undefined where git says nothing of its workspace. */
export function verdictOf(validation: Decoded, git: GitFacts | undefined): Verdict {
  if (!isProof(validation)) return "";
  if (!git) return "unknown";
  const commit = textOf(validation, "commit");
  const tree = textOf(validation, "treeDigest");
  if (tree !== undefined && tree === git.treeDigest && git.dirtySubmodule !== true) return "fresh";
  if (commit === undefined && tree === undefined) return "unknown";
  if (commit !== git.commit) return "stale";
  if (git.dirtySubmodule === true) return "dirty";
  return tree !== undefined && git.treeDigest !== undefined ? "dirty" : "unknown";
}
