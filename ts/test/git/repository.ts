/** Makes the repositories of fixtures/git/repositories.json and asks about them. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitFacts, gitFacts } from "../../src/git/facts.js";
import type { Environment } from "../../src/git/run.js";

/** One look at a repository, after the commands of its script. */
export interface Step {
  /** Lines for sh, in the folder $ROOT, which stands for a new empty folder. */
  script: string[];
  /** Folder to ask about, below $ROOT; "repo" where absent. */
  dir?: string;
  /** Variables for the question. */
  env?: Record<string, string>;
  /** The facts, without `worktree`; a `workspace` of "folder" stands for the alias of the common git folder. */
  expected: GitFacts;
}

export interface Repository {
  name: string;
  proves: string[];
  steps: Step[];
}

/** The key of all cases: 32 bytes 7. */
export const testKey = new Uint8Array(32).fill(7);

export function repositories(): Repository[] {
  return JSON.parse(readFileSync("fixtures/git/repositories.json", "utf8")).repositories;
}

/** A new folder outside any repository. */
export function newRoot(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "baton-git-test-")));
  mkdirSync(join(root, "home"));
  return root;
}

/** The environment of scripts and questions: nobody's configuration, fixed people and times. */
export function environmentOf(root: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: join(root, "home"),
    ROOT: root,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.org",
    GIT_AUTHOR_DATE: "1700000000 +0000",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.org",
    GIT_COMMITTER_DATE: "1700000000 +0000",
    BATON_GIT_MS: "20000",
  };
}

export function runScript(root: string, script: readonly string[]): void {
  execFileSync("sh", ["-e", "-c", script.join("\n")], { cwd: root, env: environmentOf(root), stdio: "pipe" });
}

export function factsOf(root: string, step: Step): GitFacts {
  const env: Environment = {
    ...environmentOf(root),
    ...Object.fromEntries(
      Object.entries(step.env ?? {}).map(([name, value]) => [name, value.replaceAll("$ROOT", root)]),
    ),
  };
  return gitFacts({ dir: join(root, step.dir ?? "repo"), key: testKey, env, digest: true });
}
