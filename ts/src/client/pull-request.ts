/** The pull request of the branch, as `gh` tells: numbers and states, and which repository they are in. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { GitFacts } from "../git/facts.js";
import { type Environment, findProgram, localVariables } from "../git/run.js";
import { workspaceOf } from "../git/workspace.js";
import { digest } from "../home/home.js";
import type { Client } from "./client.js";
import type { Pointer } from "./pointers.js";

/** What `gh` says: that the branch has no pull request, or which one. */
export type PullRequestAnswer = "none" | PullRequest;

export interface PullRequest {
  readonly number: number;
  readonly isOpen: boolean;
  /** Where it is another than the workspace. */
  readonly repository?: string;
  /** Issues that it closes. */
  readonly issues: readonly number[];
}

/** Time for `gh`, in milliseconds, however often it is run. */
const timeMs = 2000;

/** It is not asked again about the same branch and commit for this long, whatever it said. */
const askAgainMs = 300_000;

/** Fields that are asked for; older versions of `gh` do not know the last one. */
const fields = ["number", "state", "url", "closingIssuesReferences"] as const;

/**
 * Asks `gh` about the branch of the directory. Gives undefined where there is nothing to ask about, no `gh`, no answer in
 * 2 s (or what BATON_GH_MS says), one that it gave for this branch and commit less than 5 minutes ago, or where it is not
 * logged in. Never throws.
 */
export function askPullRequest(client: Client, dir: string, env: Environment): PullRequestAnswer | undefined {
  const git = client.git();
  const program = git.branch === undefined || git.workspace === undefined ? undefined : findProgram(env, "gh");
  if (program === undefined || isAskedAlready(client, git)) return undefined;
  const deadline = performance.now() + Number(env.BATON_GH_MS || timeMs);
  const ask = (count: number) => runGh(program, dir, env, fields.slice(0, count), deadline - performance.now());
  let ended = ask(fields.length);
  if (ended?.status === 1 && ended.stderr.startsWith("Unknown JSON field")) ended = ask(fields.length - 1);
  if (ended?.status === 1 && ended.stderr.startsWith("no pull requests found")) return "none";
  return ended?.status === 0 ? parsed(client, git, ended.stdout) : undefined;
}

function runGh(program: string, dir: string, env: Environment, names: readonly string[], left: number) {
  if (left <= 0) return undefined;
  const own: Record<string, string | undefined> = { ...env };
  for (const name of localVariables) delete own[name];
  const ended = spawnSync(program, ["pr", "view", "--json", names.join(",")], {
    cwd: dir,
    env: {
      ...own,
      GH_PROMPT_DISABLED: "1",
      GH_NO_UPDATE_NOTIFIER: "1",
      NO_COLOR: "1",
      GIT_OPTIONAL_LOCKS: "0",
      // What `gh` asks git runs no program that the repository names.
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: "false",
    },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: Math.ceil(left),
    killSignal: "SIGKILL",
    maxBuffer: 1 << 20,
    windowsHide: true,
  });
  return ended.error === undefined ? ended : undefined;
}

function parsed(client: Client, git: GitFacts, text: string): PullRequest | undefined {
  let said: { number?: unknown; state?: unknown; url?: unknown; closingIssuesReferences?: unknown };
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { number, state, url, closingIssuesReferences: closes } = said ?? {};
  if (!isNumber(number)) return undefined;
  const place = typeof url === "string" ? /^(https:\/\/[^/]+\/[^/]+\/[^/]+)\/pull\/\d+$/.exec(url)?.[1] : undefined;
  const repository = place === undefined ? undefined : workspaceOf(place, client.naming());
  const issues = Array.isArray(closes) ? closes.map((issue) => issue?.number).filter(isNumber) : [];
  const elsewhere = repository === undefined || repository === git.workspace ? {} : { repository };
  return { number, isOpen: state === "OPEN", ...elsewhere, issues };
}

function isNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31;
}

/**
 * Whether it was asked about this branch and commit just now; else notes that it is. `asked/<digest>` stands for a
 * workspace and work tree, and holds a digest of branch and commit; its age is that of the file.
 */
function isAskedAlready({ home }: Client, { workspace, worktree, branch, commit }: GitFacts): boolean {
  const folder = join(home.dir, "asked");
  try {
    const key = home.key();
    const file = join(folder, digest(key, "asked", `${workspace}\0${worktree ?? ""}`));
    const about = digest(key, "asked", `${branch}\0${commit ?? ""}`);
    const isSame = readMark(file) === about && Math.abs(Date.now() - statSync(file).mtimeMs) < askAgainMs;
    if (isSame) return true;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, about, { mode: 0o600 });
  } catch {
    // Then it is asked once too often.
  }
  return false;
}

function readMark(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}

/**
 * What to record of an answer. Pointers that were observed carry the branch in `ref`; those without it were set or
 * cleared by hand, and are left as they are: beside one that is in hand nothing else is put in hand.
 */
export function changedByAnswer(known: readonly Pointer[], branch: string, answer: PullRequestAnswer): Pointer[] {
  const request = answer === "none" || !answer.isOpen ? undefined : answer;
  const issue = request?.issues.length === 1 ? request.issues[0] : undefined;
  const repository = request?.repository === undefined ? {} : { repository: request.repository };
  const wanted = (type: "pr" | "issue", number: number | undefined): Pointer | undefined =>
    number === undefined ? undefined : { type, number, ...repository, ref: branch, active: true };
  return [
    ...changedOfType(known, "pr", wanted("pr", request?.number)),
    ...changedOfType(known, "issue", wanted("issue", issue)),
  ];
}

function changedOfType(known: readonly Pointer[], type: "pr" | "issue", wanted: Pointer | undefined): Pointer[] {
  const ofType = known.filter((pointer) => pointer.type === type);
  const aside = ofType
    .filter((pointer) => pointer.ref !== undefined && pointer.active && pointer.number !== wanted?.number)
    .map((pointer) => ({ ...pointer, active: false }));
  if (wanted === undefined) return aside;
  const same = ofType.find((pointer) => pointer.number === wanted.number);
  const isTheirs = same !== undefined && same.ref === undefined;
  const isHandFull = ofType.some((pointer) => pointer.ref === undefined && pointer.active);
  const isKnown = same?.active === true && same.ref === wanted.ref && same.repository === wanted.repository;
  return isTheirs || isHandFull || isKnown ? aside : [...aside, wanted];
}
