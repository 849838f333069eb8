/** What `observe` and `point` record of the repository: pure functions of the folded state and of what was seen. */
import type { GitFacts } from "../git/facts.js";
import { type State, shownRecords } from "./state.js";

/** A pointer as records have it (baton.state.v1.Pointer). */
export interface Pointer {
  readonly type: "repo" | "fork" | "branch" | "commit" | "pr" | "issue";
  readonly number?: number;
  readonly worktree?: string;
  readonly repository?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly active: boolean;
}

const types = ["", "repo", "fork", "branch", "commit", "pr", "issue"] as const;

/** Pointers of a workspace as the state holds them. */
export function pointersOf(state: State, workspace: string): Pointer[] {
  return shownRecords(state, "pointer", workspace).map(({ pointer }) => {
    const { type, ...rest } = pointer as { type?: number } & Omit<Pointer, "type">;
    return { ...rest, type: (types[type ?? 0] || "repo") as Pointer["type"] };
  });
}

/** Pointers to repository, fork, branch and commit that git shows and the state does not hold yet. */
export function changedPointers(state: State, git: GitFacts): Pointer[] {
  if (git.workspace === undefined) return [];
  const { workspace, worktree } = git;
  const place = worktree === undefined ? {} : { worktree };
  const seen: Pointer[] = [{ type: "repo", repository: workspace, active: true }];
  if (git.fork !== undefined) seen.push({ type: "fork", repository: git.fork, active: true });
  if (git.branch !== undefined) seen.push({ type: "branch", ref: git.branch, ...place, active: true });
  if (git.commit !== undefined) seen.push({ type: "commit", commit: git.commit, ...place, active: true });
  const known = new Set(pointersOf(state, workspace).map(fingerprint));
  return seen.filter((pointer) => !known.has(fingerprint(pointer)));
}

/** What to record so that `pointer` is the one in hand: the former ones of its type put aside, then it. */
export function activated(pointers: readonly Pointer[], pointer: Pointer): Pointer[] {
  return [...cleared(pointers, pointer), pointer];
}

/** What to record so that no other pointer of the type (and worktree) of `like` is the one in hand. */
export function cleared(pointers: readonly Pointer[], like: Pick<Pointer, "type" | "worktree" | "number">): Pointer[] {
  return pointers
    .filter((other) => other.active && other.type === like.type && other.worktree === like.worktree)
    .filter((other) => other.number !== like.number || like.number === undefined)
    .map((other) => ({ ...other, active: false }));
}

/** Facts of this machine that the state does not hold yet: the version of Node. */
export function changedFacts(state: State): { subject: "machine"; name: "version"; value: string }[] {
  const value = process.versions.node;
  const known = shownRecords(state, "config_fact").some(({ configFact }) => {
    const fact = configFact as { subject?: number; name?: number; value?: string };
    return fact.subject === 1 && fact.name === 1 && fact.value === value;
  });
  return known ? [] : [{ subject: "machine", name: "version", value }];
}

function fingerprint(pointer: Pointer): string {
  const { type, number, worktree, repository, ref, commit, active } = pointer;
  return JSON.stringify([type, number, worktree, repository, ref, commit, active]);
}
