import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { workspaceOfFolder } from "../../src/git/workspace.js";
import { factsOf, newRoot, repositories, runScript, testKey } from "./repository.js";

let root = "";
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("repositories", () => {
  for (const { name, steps } of repositories()) {
    it(name, () => {
      root = newRoot();
      for (const step of steps) {
        runScript(root, step.script);
        const { worktree, ...facts } = factsOf(root, step);
        const folder = workspaceOfFolder(join(root, "repo/.git"), { key: testKey });
        if (facts.workspace === folder) facts.workspace = "folder";
        expect(facts).toEqual(step.expected);
        expect(worktree === undefined).toBe(facts.workspace === undefined);
      }
    });
  }
});
