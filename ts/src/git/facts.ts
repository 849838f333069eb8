/** What git says of a folder, gathered once per command (docs/proof.md, section 3). */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { GitAnswer, GitFacts as GitFactsMessage } from "../gen/baton/state/v1/brief_pb.js";
import { gitFactsTable } from "../gen/tables.js";
import { alias, digest } from "../home/key.js";
import { textOf } from "./bytes.js";
import { type RemoteUrls, readRemotes } from "./config.js";
import { textAllowed } from "./fact.js";
import { type Environment, type Git, openGit, runGit } from "./run.js";
import { readStatus } from "./status.js";
import { treeId, type WorkTree } from "./tree.js";
import { forkOf, type Naming, namingRemote, workspaceOf, workspaceOfFolder } from "./workspace.js";

/** baton.state.v1.GitFacts as a plain object. Absent = unknown. */
export type GitFacts = {
  [Name in Exclude<keyof GitFactsMessage, "$typeName" | "$unknown">]?: Exclude<GitFactsMessage[Name], undefined>;
};

/** Values of baton.state.v1.GitAnswer. */
const gitAnswers = { complete: 1, noRepository: 2, unavailable: 3 } as const satisfies Record<string, GitAnswer>;

/** The question. */
export interface GitQuestion extends Naming {
  /** Folder that one stands in. */
  readonly dir: string;
  /** The process's own where absent. */
  readonly env?: Environment;
  /** Time for everything, in milliseconds; BATON_GIT_MS, else 1000, where absent. */
  readonly budgetMs?: number;
  /** Whether the tree digest is wanted too. */
  readonly digest?: boolean;
}

/**
 * Asks git about `dir`. Never throws, never waits longer than the budget: what could not be found out is absent, and
 * `answer` says how far it came. Without a key there are no aliases and no digest.
 */
export function gitFacts(question: GitQuestion): GitFacts {
  const facts: GitFacts = { answer: gitAnswers.unavailable };
  const git = openGit(question.env ?? process.env, question.budgetMs);
  if (git === undefined) return facts;
  const tree = workTreeOf(git, question.dir);
  if (tree === "none") return { answer: gitAnswers.noRepository };
  if (tree === undefined) return facts;
  tell(facts, "worktree", aliasOf(question.key, "worktree", "wt-", realPathOf(tree.toplevel)));
  const urls = remotesOf(git, question.dir);
  if (urls === undefined) return facts;
  tell(facts, "workspace", workspaceIn(tree, urls, question));
  tell(facts, "fork", forkOf(urls, question));
  if (!askStatus(git, question.dir, facts)) return facts;
  facts.answer = gitAnswers.complete;
  if (question.digest === true && question.key !== undefined && facts.dirtySubmodule === false) {
    const id = treeId(git, tree, facts.changedFiles === 0);
    tell(facts, "treeDigest", id === undefined ? undefined : digest(question.key, "tree", id));
  }
  return facts;
}

/** The places of the work tree that holds `dir`, "none" where there is none, undefined where git did not say. */
function workTreeOf(git: Git, dir: string): WorkTree | "none" | undefined {
  const output = runGit(git, dir, ["rev-parse", "--show-toplevel", "--git-common-dir", "--git-path", "index"]);
  if (output === undefined) return undefined;
  if (output.code !== 0) {
    return /not a git repository|must be run in a work tree/.test(textOf(output.stderr)) ? "none" : undefined;
  }
  const [toplevel, commonFolder, index, end, ...more] = textOf(output.stdout).split("\n");
  if (!toplevel || !commonFolder || !index || end !== "" || more.length > 0) return undefined;
  const base = realPathOf(dir) ?? dir;
  return { toplevel: resolve(base, toplevel), commonFolder: resolve(base, commonFolder), index: resolve(base, index) };
}

function remotesOf(git: Git, dir: string): RemoteUrls | undefined {
  const output = runGit(git, dir, ["config", "-z", "--get-regexp", "^remote\\."]);
  const isNone = output?.code === 1;
  return output?.code === 0 || isNone ? readRemotes(output.stdout) : undefined;
}

function workspaceIn(tree: WorkTree, urls: RemoteUrls, naming: Naming): string | undefined {
  const remote = namingRemote(urls);
  const url = remote === undefined ? undefined : urls.get(remote);
  const named = url === undefined ? undefined : workspaceOf(url, naming);
  if (named !== undefined) return named;
  const folder = realPathOf(tree.commonFolder);
  return folder === undefined ? undefined : workspaceOfFolder(folder, naming);
}

/** Adds what the status says; false where git did not answer. */
function askStatus(git: Git, dir: string, facts: GitFacts): boolean {
  const asked = [
    "--porcelain=v2",
    "--branch",
    "-z",
    "--untracked-files=normal",
    "--ignore-submodules=none",
    "--no-renames",
  ];
  const output = runGit(git, dir, ["status", ...asked]);
  if (output?.code !== 0) return false;
  const status = readStatus(output.stdout);
  tell(facts, "commit", status.commit);
  tell(facts, "branch", status.branch);
  tell(facts, "upstream", status.upstream);
  facts.detached = status.detached;
  facts.changedFiles = status.changedFiles;
  facts.dirtySubmodule = status.dirtySubmodule;
  if (status.ahead !== undefined) facts.ahead = status.ahead;
  if (status.behind !== undefined) facts.behind = status.behind;
  return true;
}

type TextFact = "workspace" | "worktree" | "branch" | "commit" | "upstream" | "treeDigest" | "fork";

function tell(facts: GitFacts, name: TextFact, text: string | undefined): void {
  if (text !== undefined && textAllowed(gitFactsTable, name, text)) facts[name] = text;
}

function aliasOf(key: Uint8Array | undefined, purpose: "worktree", prefix: string, value: string | undefined) {
  return key === undefined || value === undefined ? undefined : alias(key, purpose, prefix, value);
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
