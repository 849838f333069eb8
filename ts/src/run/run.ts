/** `baton run`: a check that passes through untouched, and what may be recorded of it (docs/proof.md, section 6). */

import { validationTable } from "../gen/tables.js";
import { type GitFacts, gitFacts } from "../git/facts.js";
import type { Environment } from "../git/run.js";
import type { Naming } from "../git/workspace.js";
import { shapeCommand } from "../guard/shape.js";
import { guardText } from "../guard/text.js";
import { digest } from "../home/key.js";
import { type Ended, runCommand } from "./command.js";

/** What is to be run. */
export interface RunRequest extends Naming {
  /** Program and arguments; at least one. */
  readonly argv: readonly string[];
  /** Name of the check. */
  readonly label?: string | undefined;
  /** Folder to run in. */
  readonly dir: string;
  /** Environment of the command and of git. */
  readonly env: Environment;
}

/** A baton.state.v1.Validation as the recorder takes it. */
export interface RunValidation {
  readonly worktree?: string;
  readonly command: string;
  readonly argvDigest?: string;
  readonly exitCode: number;
  readonly durationMs: number;
  readonly testsPassed?: number;
  readonly testsFailed?: number;
  readonly commit?: string;
  readonly source: "run";
  readonly dirty?: boolean;
  readonly treeDigest?: string;
  readonly label?: string;
}

/** How it went. */
export interface RunOutcome {
  /** What to exit with. */
  readonly exitCode: number;
  readonly validation: RunValidation;
  /** What git says after the run: where the record belongs. */
  readonly git: GitFacts;
}

/**
 * Runs a check and gives what may be recorded of it. Throws GUARD_REFUSED on a label that may not be stored, before
 * anything runs, and RUN_FAILED where the command could not be started.
 */
export async function runAndJudge(request: RunRequest): Promise<RunOutcome> {
  const { argv, label, dir, env, key } = request;
  if (label !== undefined) refuseLabel(label);
  const question = { dir, env, key, config: request.config, digest: true };
  const before = gitFacts(question);
  const ended = await runCommand(argv, { dir, env });
  const git = gitFacts(question);
  const argvDigest = key === undefined ? undefined : digest(key, "argv", argv.join("\0"));
  const validation: RunValidation = {
    ...(git.worktree === undefined ? {} : { worktree: git.worktree }),
    command: shapeCommand(argv),
    ...(argvDigest === undefined ? {} : { argvDigest }),
    exitCode: ended.exitCode,
    durationMs: ended.durationMs,
    ...countsOf(ended),
    ...(git.commit === undefined ? {} : { commit: git.commit }),
    source: "run",
    ...(git.changedFiles === undefined ? {} : { dirty: git.changedFiles > 0 }),
    ...(git.treeDigest === undefined || git.treeDigest !== before.treeDigest ? {} : { treeDigest: git.treeDigest }),
    ...(label === undefined ? {} : { label }),
  };
  return { exitCode: ended.exitCode, validation, git };
}

function countsOf({ counts }: Ended): Pick<RunValidation, "testsPassed" | "testsFailed"> {
  return counts === undefined ? {} : { testsPassed: counts.passed, testsFailed: counts.failed };
}

function refuseLabel(label: string): void {
  const policy = validationTable.fields.find((field) => field.name === "label")?.text;
  if (policy !== undefined) guardText(policy, label, "validation.label");
}
