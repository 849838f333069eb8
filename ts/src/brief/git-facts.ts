/** What git says of the directory that one stands in (baton.state.v1.GitFacts), as far as a brief needs it. */
import { gitFactsTable } from "../gen/tables.js";
import { enumNumber } from "./fields.js";

/** Git facts by JSON names; absent = unknown. */
export interface GitFacts {
  /** Number of baton.state.v1.GitAnswer. */
  readonly answer?: number;
  readonly workspace?: string;
  readonly worktree?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly detached?: boolean;
  readonly changedFiles?: number;
  readonly upstream?: string;
  readonly ahead?: number;
  readonly behind?: number;
  readonly treeDigest?: string;
  readonly fork?: string;
  readonly dirtySubmodule?: boolean;
}

/** The facts where git told everything and they are about this workspace; else undefined. */
export function factsAbout(workspace: string, git: GitFacts | undefined): GitFacts | undefined {
  return git?.answer === complete && git.workspace === workspace ? git : undefined;
}

/** Whether git was asked about this workspace and did not answer. */
export function isUnavailable(git: GitFacts | undefined): boolean {
  return git?.answer === unavailable;
}

const complete = enumNumber(gitFactsTable, "answer", "complete");
const unavailable = enumNumber(gitFactsTable, "answer", "unavailable");
