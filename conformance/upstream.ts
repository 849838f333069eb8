/**
 * A checkout of opencode-proxy, the public project whose usage module Baton's drop-in takes the place of. It is on no
 * registry and nothing of it is kept in this repository: tests and figures that need it ask here, and say so where there
 * is none.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A commit of a public repository. */
export interface PinnedCommit {
  readonly url: string;
  /** Its name in full, 40 hexadecimal digits. */
  readonly commit: string;
}

/** The proxy as Baton is tested with it: the one place. */
export const upstream: PinnedCommit = {
  url: "https://github.com/xodapi/opencode-proxy.git",
  commit: "c7df0807d2295b4f53bef9a6d800850820a2ac82",
};

/** A folder with the files of the commit, or why there is none, in one line. */
export type Checkout =
  | { readonly folder: string; readonly reason?: never }
  | { readonly folder?: never; readonly reason: string };

/** What the search depends on. */
export interface CheckoutInit {
  readonly env: NodeJS.ProcessEnv;
  /** Where checkouts are kept: a folder per commit, below a folder that git ignores. */
  readonly cache: string;
  /** Milliseconds that git may take. */
  readonly timeout: number;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const here: CheckoutInit = { env: process.env, cache: join(root, ".baton", "upstream"), timeout: 20_000 };

/**
 * The folder that BATON_UPSTREAM_CHECKOUT names; else the pinned commit in `.baton/upstream`, which git fetches there once,
 * without its history and without asking anybody anything; else the reason. Throws where the named folder is no checkout of
 * the proxy: who names one does not want a skip.
 */
export function upstreamCheckout(pinned = upstream, { env, cache, timeout } = here): Checkout {
  const named = env.BATON_UPSTREAM_CHECKOUT;
  if (named) {
    if (existsSync(join(named, "src", "usage_store.js"))) return { folder: resolve(named) };
    throw new Error(`BATON_UPSTREAM_CHECKOUT: no src/usage_store.js in ${named}`);
  }
  const folder = join(cache, pinned.commit);
  if (existsSync(folder)) return { folder };
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, "partial-"));
  try {
    const reason = fetchCommit(pinned, partial, env, timeout);
    if (reason !== undefined) return { reason };
    moveInto(partial, folder);
    return { folder };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Fills an empty folder with a commit; gives why it cannot, git's own words or that the time is over. */
function fetchCommit({ url, commit }: PinnedCommit, cwd: string, env: NodeJS.ProcessEnv, timeout: number) {
  const end = performance.now() + timeout;
  // A transfer that stands still ends by itself: the helper of git that makes it outlives a git that is killed.
  const settings = ["-c", "http.lowSpeedLimit=1000", "-c", `http.lowSpeedTime=${Math.ceil(timeout / 1000)}`];
  for (const args of [
    ["init", "--quiet"],
    [...settings, "fetch", "--quiet", "--depth=1", "--no-tags", url, commit],
    ["-c", "core.autocrlf=false", "checkout", "--quiet", "--detach", commit],
  ]) {
    const run = spawnSync("git", args, {
      cwd,
      env: gitEnvironment(env),
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      timeout: Math.max(1, Math.ceil(end - performance.now())),
      killSignal: "SIGKILL",
    });
    if (run.status !== 0) return `${url} cannot be fetched: ${reasonOf(run, timeout)}`;
  }
  return undefined;
}

function reasonOf({ error, stderr }: SpawnSyncReturns<string>, timeout: number): string {
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT") return `no end within ${timeout / 1000} s`;
  const lines = stderr?.trim().split("\n") ?? [];
  return error?.message ?? lines.find((line) => line.startsWith("fatal: ")) ?? lines[0] ?? "git failed";
}

/** The environment without a prompt, and without the repository that a hook of git may stand in. */
function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, ...rest } = env;
  return { ...rest, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", LC_ALL: "C" };
}

/** Gives a complete folder its name, unless another process was faster with the same. */
function moveInto(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
