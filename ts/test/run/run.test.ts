import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guardRecord } from "../../src/guard/record.js";
import { digest } from "../../src/home/key.js";
import type { BatonError } from "../../src/record/error.js";
import { runAndJudge } from "../../src/run/run.js";
import { environmentOf, newRoot, runScript, testKey } from "../git/repository.js";

let root = "";
beforeEach(() => {
  root = newRoot();
  runScript(root, [
    "git init -q -b main repo && cd repo && printf 'one\\n' > a.txt && git add . && git commit -q -m 1",
  ]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(argv: string[], label?: string) {
  return runAndJudge({ argv, label, dir: join(root, "repo"), env: environmentOf(root), key: testKey });
}

describe("what is recorded of a check (RUN-005)", () => {
  it("says how it ended, where and on which tree, and the guard takes it", async () => {
    const { exitCode, validation, git } = await run(["sh", "-c", "exit 3"], "unit");
    expect(exitCode).toBe(3);
    expect(validation).toMatchObject({
      worktree: expect.stringMatching(/^wt-[0-9a-f]{16}$/),
      argvDigest: digest(testKey, "argv", "sh\0-c\0exit 3"),
      exitCode: 3,
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      source: "run",
      dirty: false,
      treeDigest: expect.stringMatching(/^[0-9a-f]{32}$/),
      label: "unit",
    });
    expect(validation).not.toHaveProperty("testsPassed");
    expect(git.workspace).toMatch(/^ws-/);
    expect(() => guardRecord({ validation, workspace: git.workspace })).not.toThrow();
  });

  it("holds no tree digest where the check changed a file (GIT-036), and keeps it where it committed exactly this tree", async () => {
    const changing = await run(["sh", "-c", "echo changed > a.txt"]);
    expect(changing.validation).toMatchObject({ dirty: true });
    expect(changing.validation).not.toHaveProperty("treeDigest");
    const committing = await run(["git", "commit", "-q", "-a", "-m", "2"]);
    expect(committing.validation).toMatchObject({ dirty: false, treeDigest: committing.git.treeDigest });
  });

  it("refuses a label before anything runs", async () => {
    const error: BatonError = await run(["touch", "ran"], "two words").catch((thrown) => thrown);
    expect([error.code, error.field]).toEqual(["BTN-G01", "validation.label"]);
    expect((await run(["test", "!", "-e", "ran"])).exitCode).toBe(0);
  });

  it("is complete without a key and outside a repository, but for what they would give", async () => {
    const { validation } = await runAndJudge({ argv: ["true"], dir: root, env: environmentOf(root) });
    expect(Object.keys(validation).sort()).toEqual(["command", "durationMs", "exitCode", "source"]);
  });
});
