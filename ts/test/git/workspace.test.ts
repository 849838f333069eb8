import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { workspaceOf } from "../../src/git/workspace.js";

interface WorkspaceCase {
  name: string;
  request: { nameWorkspace: { url: string; config?: Record<string, unknown>; key?: string } };
  expected: { text?: string };
}

const { cases } = JSON.parse(readFileSync("conformance/cases/git/workspace.json", "utf8")) as {
  cases: WorkspaceCase[];
};

describe("workspaces of remote URLs", () => {
  for (const { name, request, expected } of cases) {
    it(name, () => {
      const { url, config, key } = request.nameWorkspace;
      const naming = { config, key: key === undefined ? undefined : Buffer.from(key, "base64") };
      expect(workspaceOf(url, naming)).toBe(expected.text);
    });
  }

  it("no name holds what stood in userinfo, query or fragment", () => {
    for (const { request } of cases) {
      const { url, key } = request.nameWorkspace;
      const name = workspaceOf(url, { key: key === undefined ? undefined : Buffer.from(key, "base64") });
      expect(name ?? "").not.toMatch(/secret|somebody|token|@|:/);
    }
  });
});
