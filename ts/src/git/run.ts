/** Asking git: one program, a fixed environment, one time budget over all calls (docs/proof.md, section 1). */
import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Git as it may be asked: found, with its environment, until the deadline. */
export interface Git {
  /** Absolute path of the program. */
  readonly program: string;
  readonly env: Environment;
  /** End of the budget on the clock of `performance.now()`. */
  readonly deadline: number;
}

/** What git answered. */
export interface GitOutput {
  /** Exit status. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Milliseconds that all calls for one set of facts may take together (GIT-002). */
const gitBudgetMs = 1000;

/** Most bytes that are read of one answer; a longer one counts as no answer (GIT-003). */
const outputLimit = 64 * 1024 * 1024;

/** What `git rev-parse --local-env-vars` lists: a hook that runs us must not choose the repository (GIT-001). */
export const localVariables = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_CONFIG",
  "GIT_CONFIG_COUNT",
  "GIT_CONFIG_PARAMETERS",
  "GIT_DIR",
  "GIT_GRAFT_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_PREFIX",
  "GIT_REPLACE_REF_BASE",
  "GIT_SHALLOW_FILE",
  "GIT_WORK_TREE",
];

/**
 * Finds git in the absolute folders of PATH and starts the budget: `budgetMs`, else BATON_GIT_MS, else one second.
 * Gives undefined where there is no git or no time (GIT-001, GIT-002).
 */
export function openGit(env: Environment, budgetMs?: number): Git | undefined {
  const budget = budgetMs ?? budgetOf(env);
  const program = budget > 0 ? findProgram(env, "git") : undefined;
  if (program === undefined) return undefined;
  const own: Record<string, string | undefined> = {
    ...env,
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    LC_ALL: "C",
  };
  for (const name of localVariables) delete own[name];
  return { program, env: own, deadline: performance.now() + budget };
}

/**
 * Runs git in `dir` with stdin closed, or fed with `input`. Gives undefined where it could not start, was killed by a
 * signal or by the end of the budget, or said more than 64 MiB; an exit status other than 0 is an answer.
 */
export function runGit(
  git: Git,
  dir: string,
  args: readonly string[],
  more: { readonly env?: Environment; readonly input?: Uint8Array } = {},
): GitOutput | undefined {
  const left = Math.ceil(git.deadline - performance.now());
  if (left <= 0) return undefined;
  const ended = spawnSync(git.program, ["-c", "core.fsmonitor=false", ...args], {
    cwd: dir,
    env: { ...git.env, ...more.env },
    stdio: [more.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(more.input === undefined ? {} : { input: more.input }),
    timeout: left,
    killSignal: "SIGKILL",
    maxBuffer: outputLimit,
    windowsHide: true,
  });
  if (ended.error !== undefined || ended.status === null) return undefined;
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

function budgetOf(env: Environment): number {
  const text = env.BATON_GIT_MS ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : gitBudgetMs;
}

/**
 * The executable of this name in the first absolute folder of PATH that has one. Relative and empty entries are skipped:
 * they would run what lies in the repository.
 */
export function findProgram(env: Environment, name: string): string | undefined {
  const windows = process.platform === "win32";
  const key = windows ? Object.keys(env).find((name) => name.toUpperCase() === "PATH") : "PATH";
  for (const folder of (key === undefined ? "" : (env[key] ?? "")).split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const program = join(folder, windows ? `${name}.exe` : name);
    try {
      accessSync(program, constants.X_OK);
      if (statSync(program).isFile()) return program;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
