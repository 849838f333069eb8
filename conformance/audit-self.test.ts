/** `npm run audit:self`: the repository itself, by the rules of its own guard. Recipes are all that it may hold. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { judge, policyOf } from "../ts/src/guard/judge.js";

/** Every finding in a file, as PATH:LINE and the rule; never the text. */
function findingsIn(path: string): string[] {
  const text = readFileSync(path);
  if (text.length === 0) return [];
  return judge(policyOf("OPAQUE"), text).findings.map(
    ({ rule, start = 0 }) => `${path}:${lineAt(text, start)} ${rule}`,
  );
}

function lineAt(text: Uint8Array, offset: number): number {
  return text.subarray(0, offset).reduce((line, byte) => (byte === 0x0a ? line + 1 : line), 1);
}

it("no tracked file holds a secret, a private key, or what looks like one", () => {
  const paths = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
  expect(paths.length).toBeGreaterThan(500);
  expect(paths.flatMap(findingsIn)).toEqual([]);
});
