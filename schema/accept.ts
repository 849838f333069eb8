/**
 * `npm run schema:accept`: makes the schema as it is the one that later changes are held against. Refuses what breaks
 * a schema accepted before. Loosening a policy on purpose = editing its line in schema/inventory.txt by hand first, so
 * that a review sees it.
 */
import { existsSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { baselineFile, breakingProblems, conventionProblems, inventoryFile, linesOf, lintProblems } from "./check.js";
import { loadSchema, writeImage } from "./image.js";
import { compareInventories, inventoryOf } from "./inventory.js";

/**
 * Writes the inventory and the baseline of the schema under `proto`. Gives the problems, and then nothing is written.
 * Where both files are missing, the schema counts as new.
 */
export function acceptSchema(proto: string, baseline: string, inventory: string): string[] {
  const problems = [...lintProblems(proto), ...conventionProblems(proto)];
  if (problems.length > 0) return problems;
  const lines = inventoryOf(loadSchema(proto));
  if (existsSync(baseline) || existsSync(inventory)) {
    problems.push(...breakingProblems(proto, baseline));
    problems.push(...compareInventories(linesOf(inventory), lines).refused);
  }
  if (problems.length > 0) return problems;
  writeFileSync(inventory, `${lines.join("\n")}\n`);
  writeImage(proto, baseline);
  return [];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const problems = acceptSchema("proto", baselineFile, inventoryFile);
  for (const line of problems) console.error(line);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`accepted: ${inventoryFile}, ${baselineFile}`);
}
