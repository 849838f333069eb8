/** Pointers: what is in hand in a workspace. */
import { errors } from "../gen/tables.js";
import type { GitFacts } from "../git/facts.js";
import { workspaceOf } from "../git/workspace.js";
import { batonError } from "../record/error.js";
import type { Client } from "./client.js";
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

/** Types that can be set by hand; a commit is only observed. */
export const pointerTypes = ["repo", "fork", "branch", "pr", "issue"] as const;

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

/** As a person leaves it: what was observed of a pull request or issue names its branch, what is said by hand does not. */
function byHand(pointer: Pointer): Pointer {
  if (pointer.type !== "pr" && pointer.type !== "issue") return pointer;
  const { ref: _, ...rest } = pointer;
  return rest;
}

function fingerprint(pointer: Pointer): string {
  const { type, number, worktree, repository, ref, commit, active } = pointer;
  return JSON.stringify([type, number, worktree, repository, ref, commit, active]);
}

/**
 * Sets what is in hand. `type` is one of `pointerTypes`; `value` a repository (owner/repo or URL), the name of a branch, or
 * a number (42, #42, owner/repo#42 or a URL). Throws ARGUMENT on another.
 */
export async function setPointer(client: Client, type: string, value: string | undefined): Promise<Pointer> {
  const pointer = pointerOf(client, type, value);
  await recordPointers(client, activated(pointersOf(client.state(), client.workspace()), pointer));
  return pointer;
}

/** Says that nothing of a type is in hand any more. Throws ARGUMENT on another type than `pointerTypes` lists. */
export async function clearPointer(client: Client, type: string): Promise<void> {
  const like = { type: typeOf(type), ...placeOf(client, type) };
  await recordPointers(client, cleared(pointersOf(client.state(), client.workspace()), like).map(byHand));
}

async function recordPointers(client: Client, pointers: readonly Pointer[]): Promise<void> {
  if (pointers.length === 0) return;
  await client.record((baton) => {
    for (const pointer of pointers) baton.record("pointer", pointer, client.envelope());
  });
}

function typeOf(type: string): Pointer["type"] {
  const known = pointerTypes.find((candidate) => candidate === type);
  if (known === undefined) throw batonError(errors.ARGUMENT, { place: `type is one of ${pointerTypes.join(", ")}` });
  return known;
}

/** Branches are in hand per worktree, the rest per workspace. */
function placeOf(client: Client, type: string): { worktree?: string } {
  const worktree = type === "branch" ? client.git().worktree : undefined;
  return worktree === undefined ? {} : { worktree };
}

function pointerOf(client: Client, type: string, value: string | undefined): Pointer {
  if (value === undefined)
    throw batonError(errors.ARGUMENT, { place: "a value is needed, or to clear what is in hand" });
  switch (typeOf(type)) {
    case "repo":
    case "fork":
      return { type: typeOf(type), repository: repositoryOf(client, value), active: true };
    case "branch":
      return { type: "branch", ref: value, ...placeOf(client, type), active: true };
    default:
      return { type: typeOf(type), ...numbered(client, value), active: true };
  }
}

/** `42`, `#42`, `owner/repo#42`, or the URL of a pull request or issue. */
function numbered(client: Client, value: string): { number: number; repository?: string } {
  const parts =
    /^(?:(?<repository>[^#\s]*?)(?:#|\/(?:pull|pulls|issues|-\/merge_requests|-\/issues)\/))?(?<number>\d{1,9})\/?$/.exec(
      value,
    );
  const number = Number(parts?.groups?.number);
  if (!(number > 0)) throw batonError(errors.ARGUMENT, { place: "a number such as 42 is needed" });
  const repository = parts?.groups?.repository;
  return repository ? { number, repository: repositoryOf(client, repository) } : { number };
}

/** A repository as records name it; `owner/repo` alone is on the host of the current workspace, else on github.com. */
function repositoryOf(client: Client, value: string): string {
  const host = /^([^/]+\.[^/]+)\/[^/]+\/[^/]/.exec(client.git().workspace ?? "")?.[1] ?? "github.com";
  const url = /^[\w.-]+\/[\w.-]+$/.test(value)
    ? `https://${host}/${value}`
    : value.includes(":")
      ? value
      : `https://${value}`;
  const workspace = workspaceOf(url, client.naming());
  if (workspace === undefined)
    throw batonError(errors.ARGUMENT, { place: "owner/repo or the URL of a repository is needed" });
  return workspace;
}
