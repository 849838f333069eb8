/**
 * `npm run schema:check`: everything that holds the schema together, in one command. Needs node_modules and cargo.
 * docs/evolution.md tells what to do about each refusal.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { problemsOf } from "./conventions.js";
import { staleFiles } from "./fresh.js";
import { generatedPaths, generateInto } from "./generate.js";
import { askBuf, loadSchema } from "./image.js";
import { compareInventories, inventoryOf } from "./inventory.js";

/** Image that `buf breaking` compares with; written by `npm run schema:accept`. */
export const baselineFile = "schema/baseline.binpb";
/** Accepted inventory; written by `npm run schema:accept`. */
export const inventoryFile = "schema/inventory.txt";

/** What buf says of style and comments in the schema under `proto`. */
export function lintProblems(proto: string): string[] {
  return askBuf("lint", proto);
}

/** What in the schema under `proto` breaks programs that were built from the `baseline` image. */
export function breakingProblems(proto: string, baseline: string): string[] {
  if (!existsSync(baseline)) return [`${baseline}: is missing; run \`npm run schema:accept\``];
  return askBuf("breaking", proto, "--against", baseline, "--exclude-imports");
}

/** What in the schema under `proto` breaks the conventions that buf cannot express. */
export function conventionProblems(proto: string): string[] {
  return problemsOf(loadSchema(proto));
}

/** How the schema under `proto` differs from the accepted `inventory`. */
export function inventoryProblems(proto: string, inventory: string): string[] {
  if (!existsSync(inventory)) return [`${inventory}: is missing; run \`npm run schema:accept\``];
  const { acceptable, refused } = compareInventories(linesOf(inventory), inventoryOf(loadSchema(proto)));
  return [...refused, ...acceptable.map((line) => `${line} (not yet accepted: \`npm run schema:accept\`)`)];
}

/** Lines of an accepted inventory. */
export function linesOf(inventory: string): string[] {
  return readFileSync(inventory, "utf8").split("\n").filter(Boolean);
}

/** How the generated code below `root` differs from a fresh generation into an empty folder. */
export function generatedProblems(root: string): string[] {
  const fresh = mkdtempSync(join(tmpdir(), "baton-check-"));
  try {
    generateInto(fresh);
    return staleFiles(root, fresh, generatedPaths).map((line) => `${line}; run \`npm run generate\``);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const steps: [string, () => string[]][] = [
    ["buf lint", () => lintProblems("proto")],
    ["buf breaking", () => breakingProblems("proto", baselineFile)],
    ["conventions", () => conventionProblems("proto")],
    ["inventory", () => inventoryProblems("proto", inventoryFile)],
    ["generated code", () => generatedProblems(".")],
  ];
  for (const [name, problems] of steps) {
    const found = problems();
    console.log(`[${found.length > 0 ? "fail" : "ok"}] ${name}`);
    for (const line of found) console.log(`  ${line}`);
    if (found.length > 0) process.exitCode = 1;
  }
}
