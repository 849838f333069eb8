import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRemotes } from "../../src/git/config.js";
import { headMarkOf, isSameRepository, workspaceOfDirectory } from "../../src/git/directory.js";
import { gitFacts } from "../../src/git/facts.js";
import { environmentOf, newRoot, repositories, runScript, testKey } from "./repository.js";

let root = "";
beforeEach(() => {
  root = newRoot();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const naming = { key: testKey };

/** What gitFacts says, which asks git. */
function asked(dir: string): string | undefined {
  return gitFacts({ dir: join(root, dir), key: testKey, env: environmentOf(root) }).workspace;
}

describe("the workspace that a host reads without git (GIT-015)", () => {
  it("is the one that git gives for every repository of the fixtures", () => {
    for (const { name, steps } of repositories()) {
      if (steps.some(({ env }) => env !== undefined)) continue;
      rmSync(root, { recursive: true, force: true });
      root = newRoot();
      for (const { script, dir = "repo", expected } of steps) {
        runScript(root, script);
        if (expected.answer === 1) expect(workspaceOfDirectory(join(root, dir), naming), name).toBe(asked(dir));
      }
    }
  });

  it("is found from a subfolder, a linked worktree and a submodule", () => {
    const lines = [
      "git init -q -b main lib && git -C lib commit -q --allow-empty -m lib",
      "git init -q -b main repo && cd repo && git remote add origin https://github.com/acme/widgets",
      'git -c protocol.file.allow=always submodule --quiet add "$ROOT/lib" lib && git commit -q -m sub',
      "mkdir -p deep/er && git worktree add -q ../linked -b side",
      "git -C lib remote set-url origin git@gitlab.com:acme/lib.git",
    ];
    runScript(root, lines);
    for (const dir of ["repo", "repo/deep/er", "linked", "repo/lib"])
      expect(workspaceOfDirectory(join(root, dir), naming)).toBe(asked(dir));
    expect(workspaceOfDirectory(join(root, "repo/lib"), naming)).toBe("gitlab.com/acme/lib");
  });

  it("is the same through a symbolic link", () => {
    runScript(root, ["git init -q repo && mkdir repo/sub"]);
    symlinkSync(join(root, "repo/sub"), join(root, "link"));
    expect(workspaceOfDirectory(join(root, "repo"), naming)).toBe(asked("link"));
  });

  it("is unknown outside a repository, and where git's files are damaged", () => {
    expect(workspaceOfDirectory(root, naming)).toBeUndefined();
    mkdirSync(join(root, "broken"));
    writeFileSync(join(root, "broken/.git"), "not a git file");
    expect(workspaceOfDirectory(join(root, "broken"), naming)).toBeUndefined();
    writeFileSync(join(root, "broken/.git"), `gitdir: ${join(root, "nowhere")}\n`);
    expect(workspaceOfDirectory(join(root, "broken"), naming)).toBeUndefined();
  });

  it("without a key is known where it is readable", () => {
    runScript(root, [
      "git init -q repo && git -C repo remote add origin https://github.com/acme/widgets",
      "git init -q local",
    ]);
    expect(workspaceOfDirectory(join(root, "repo"), {})).toBe("github.com/acme/widgets");
    expect(workspaceOfDirectory(join(root, "local"), {})).toBeUndefined();
  });
});

describe("two folders", () => {
  it("are in the same work tree where the nearest .git above both is the same", () => {
    runScript(root, [
      "git init -q -b main repo && git -C repo commit -q --allow-empty -m start",
      "mkdir -p repo/a/b repo/c outside && git init -q repo/c/nested",
      "git -C repo worktree add -q ../linked -b side && ln -s repo/a link",
    ]);
    const isSame = (one: string, other: string) => isSameRepository(join(root, one), join(root, other));
    expect([isSame("repo", "repo/a/b"), isSame("repo/c", "link")]).toEqual([true, true]);
    for (const other of ["repo/c/nested", "linked", "outside", "missing"])
      expect(isSame("repo", other), other).toBe(false);
    expect(isSame("outside", "outside")).toBe(false);
  });
});

describe("git's configuration file", () => {
  const url = (text: string): string | undefined => parseRemotes(text).get("origin");

  it("may quote, escape, comment and continue a value", () => {
    expect(url('[remote "origin"]\n\turl = https://a/b # said\n')).toBe("https://a/b");
    expect(url('[remote "origin"]\nurl="https://a/#b" ; said')).toBe("https://a/#b");
    expect(url('[remote "origin"]\nurl = https://a\\\n/b\n')).toBe("https://a/b");
    expect(url('[remote "origin"]\nurl = a\\\\b\\"c\n')).toBe('a\\b"c');
    expect(url('[REMOTE "origin"] URL = https://a/b\r\n')).toBe("https://a/b");
    expect(url('\uFEFF[remote "origin"]\nurl = a  b  \n')).toBe("a  b");
  });

  it("gives the first URL of a remote that is not empty, by the exact name", () => {
    expect(url('[remote "origin"]\nurl =\nurl = b\nurl = c\n')).toBe("b");
    expect(url('[remote "Origin"]\nurl = a\n')).toBeUndefined();
    expect([...parseRemotes('[remote "a\\"b.c"]\nurl = x\n').keys()]).toEqual(['a"b.c']);
  });

  it("is read up to what git would refuse", () => {
    expect([...parseRemotes('[remote "a"]\nurl = x\nnot a line\n[remote "b"]\nurl = y\n').keys()]).toEqual(["a"]);
    expect(url('[remote "origin"]\nurl = "open\n')).toBeUndefined();
    expect(url('[remote "origin"]\nurl = a\\qb\n')).toBeUndefined();
  });

  it("takes time in proportion to its length", () => {
    const start = performance.now();
    parseRemotes(`[remote "${"\\\\".repeat(200_000)}\n`);
    parseRemotes(`[remote "origin"]\nurl = ${"\\\\".repeat(200_000)}`);
    parseRemotes('[remote "origin"]\nurl = a\\\n'.repeat(20_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("the mark of HEAD that a host compares", () => {
  const mark = (dir = "repo") => headMarkOf(join(root, dir));

  it("differs after a commit, a checkout and a detached HEAD, in subfolders and linked worktrees too", () => {
    runScript(root, ["git init -q -b main repo && cd repo && git commit -q --allow-empty -m one", "mkdir deep"]);
    const moves = [
      "git commit -q --allow-empty -m two",
      "git checkout -q -b topic",
      "git pack-refs --all && git commit -q --allow-empty -m three",
      "git checkout -q --detach",
      "git checkout -q main && git pack-refs --all --prune",
      "git update-ref refs/heads/main topic && git pack-refs --all --prune",
    ];
    for (const move of moves) {
      const before = mark();
      expect(mark("repo/deep")).toBe(before);
      expect(mark()).toBe(before);
      runScript(root, ["cd repo", move]);
      expect(mark(), move).not.toBe(before);
    }
    runScript(root, ["cd repo && git worktree add -q ../linked -b side"]);
    const before = [mark("linked"), mark()];
    runScript(root, ["cd linked && git commit -q --allow-empty -m four"]);
    expect(mark("linked")).not.toBe(before[0]);
    expect(mark()).toBe(before[1]);
  });

  it("is none outside a repository, and where HEAD is missing", () => {
    expect(mark(".")).toBeUndefined();
    mkdirSync(join(root, "broken/.git"), { recursive: true });
    expect(mark("broken")).toBeUndefined();
  });
});
