/**
 * `npm run bench:clients`: what a session waits for, as its client asks for it: hooks, the plugin, the MCP server and the
 * proxy's drop-in, each beside what does nothing, in an empty home and in one of 2,000 segments; and the bounded merge. It
 * prints two tables, and with `--write` puts them into docs/benchmarks.md. BENCH_RUNS changes the number of samples (50);
 * words name the parts that are wanted: codex, opencode, mcp, proxy, merge.
 */
import { execFileSync } from "node:child_process";
import { machine, markdownTable, publish } from "../page.js";
import { measureCodex } from "./codex.js";
import { measureMcp } from "./mcp.js";
import { type Row, runs } from "./measure.js";
import { type MergeRow, measureMerge, mergeHead } from "./merge.js";
import { measureOpenCode } from "./opencode.js";
import { makePlace } from "./place.js";
import { measureProxy } from "./proxy.js";

const parts = { codex: measureCodex, opencode: measureOpenCode, mcp: measureMcp, proxy: measureProxy };
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isWanted = (part: string): boolean => words.length === 0 || words.includes(part);

execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });

const place = makePlace();
const rows: Row[] = [];
const merges: MergeRow[] = [];
try {
  const [empty, full] = [place.home(0), place.home(2000)];
  for (const [part, measure] of Object.entries(parts))
    if (isWanted(part)) rows.push(...(await measure(place, empty, full)));
  if (isWanted("merge")) merges.push(...(await measureMerge(place, [place.home(300), place.home(1000), full])));
} finally {
  place.remove();
}
const text = [
  `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench:clients -- --write\`, median / p95 of ${runs}, on a shared machine: ${machine()}.`,
  "",
  markdownTable(["figure", "empty home", "2,000 segments", "beside", "goal"], rows),
  "",
  markdownTable(mergeHead, merges),
].join("\n");
console.log(text);
if (process.argv.includes("--write")) publish({ start: "clients", end: "end of clients" }, text);
