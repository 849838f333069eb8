import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gitFacts } from "../../src/git/facts.js";
import { environmentOf, newRoot, runScript, testKey } from "./repository.js";

let root = "";
beforeEach(() => {
  root = newRoot();
  runScript(root, [
    "git init -q -b main repo && cd repo && printf 'one\\n' > a.txt && git add . && git commit -q -m 1",
  ]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

function facts(env: Record<string, string> = {}) {
  return gitFacts({ dir: join(root, "repo"), key: testKey, env: { ...environmentOf(root), ...env }, digest: true });
}

/** Puts a `git` first on the PATH that runs `lines` around the real one, which is "$real". */
function wrapped(...lines: string[]): Record<string, string> {
  mkdirSync(join(root, "bin"));
  const git = join(root, "bin/git");
  writeFileSync(git, ["#!/bin/sh", `real() { PATH='${process.env.PATH}' git "$@"; }`, ...lines, ""].join("\n"));
  chmodSync(git, 0o700);
  return { PATH: `${join(root, "bin")}:${process.env.PATH}` };
}

describe("limits of git facts", () => {
  it("a temporary folder inside the repository takes the digest away (GIT-035)", () => {
    mkdirSync(join(root, "repo/tmp"));
    vi.stubEnv("TMPDIR", join(root, "repo/tmp"));
    const found = facts();
    expect(found).toMatchObject({ answer: 1, changedFiles: 0 });
    expect(found.treeDigest).toBeUndefined();
  });

  it("only trees are made, in a folder that is gone afterwards (GIT-030)", () => {
    mkdirSync(join(root, "tmp"));
    vi.stubEnv("TMPDIR", join(root, "tmp"));
    const log = join(root, "log");
    const env = wrapped(
      'real "$@"; code=$?',
      'case "$*" in *write-tree*)',
      '  rm "$GIT_OBJECT_DIRECTORY/info/alternates"',
      `  real cat-file --batch-all-objects --batch-check > '${log}';;`,
      "esac",
      "exit $code",
    );
    runScript(root, ["mkdir repo/d && printf 'secret\\n' > repo/d/new"]);
    expect(facts(env).treeDigest).toMatch(/^[0-9a-f]{32}$/);
    const types = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1]);
    expect(types).toEqual(["tree", "tree"]);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
  });

  it("the tree digest is taken only when it is asked for and there is a key", () => {
    const dir = join(root, "repo");
    const env = environmentOf(root);
    expect(gitFacts({ dir, key: testKey, env }).treeDigest).toBeUndefined();
    const keyless = gitFacts({ dir, env, digest: true });
    expect(keyless).toMatchObject({ answer: 1, branch: "main" });
    expect([keyless.treeDigest, keyless.worktree, keyless.workspace]).toEqual([undefined, undefined, undefined]);
  });
});
