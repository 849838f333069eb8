/**
 * `npm run guard:ordinary -- DIR...`: how often the guard flags ordinary developer text. Each DIR is a repository of git,
 * bare or not. `--most N` takes at most N strings of each kind from each (3,000); `--show` prints what a secret rule
 * flagged, to the terminal alone; `--judged FILE` names a file of lines that a person has judged to hold a credential
 * (fixtures and documentation do), which are counted apart; `--write` puts the table into docs/guard-proof.md.
 */
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import { machine, markdownTable, publish } from "../page.js";
import { harvest } from "./harvest.js";
import { isStructureRule } from "./rules.js";

interface Tally {
  readonly class: string;
  strings: number;
  bytes: number;
  credentials: number;
  structure: number;
  readonly rules: Map<string, number>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    most: { type: "string", default: "3000" },
    show: { type: "boolean", default: false },
    judged: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (positionals.length === 0) throw new Error("usage: npm run guard:ordinary -- DIR... (repositories of git)");
const judged = new Set(values.judged ? readFileSync(values.judged, "utf8").split("\n") : []);
const utf8 = new TextEncoder();
const tallies = new Map<string, Tally>();

for (const repository of positionals)
  for (const sample of harvest(resolve(repository), Number(values.most))) {
    const tally = tallyOf(sample.kind, sample.class);
    const bytes = utf8.encode(sample.text);
    tally.strings += 1;
    tally.bytes += bytes.length;
    const rules = new Set(judge(policyOf(sample.class), bytes).findings.map(({ rule }) => rule));
    const secrets = [...rules].filter((rule) => !isStructureRule(rule));
    if (secrets.length === 0) {
      if (rules.size > 0 && sample.class !== "COMMAND") tally.structure += 1;
      continue;
    }
    if (values.show)
      process.stdout.write(`${secrets.join(" ")}\t${nameOf(repository)}\t${sample.kind}\t${sample.text}\n`);
    if (judged.has(sample.text)) tally.credentials += 1;
    else for (const rule of secrets) tally.rules.set(rule, (tally.rules.get(rule) ?? 0) + 1);
  }

const rows = [...tallies].map(([kind, tally]) => rowOf(kind, tally));
const all = [...tallies.values()];
const strings = sum(all.map((tally) => tally.strings));
const flags = sum(all.map(falseFlags));
rows.push([
  "all",
  "",
  count(strings),
  kb(sum(all.map(({ bytes }) => bytes))),
  count(sum(all.map(({ credentials }) => credentials))),
  `${count(flags)} (${((flags * 50_000) / strings).toFixed(1)} per 50,000)`,
  "",
  "",
]);
const table = markdownTable(
  ["what", "class", "strings", "KB", "credentials", "false flags", "by rule", "structure"],
  rows,
);
process.stdout.write(`${table}\n`);
if (values.write)
  publish(
    { start: "ordinary", end: "end of ordinary" },
    [
      `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run guard:ordinary -- --write DIR...\`, at most ${values.most} strings of each kind from each of ${positionals.length} repositories (${positionals.map(nameOf).join(", ")}): ${machine()}.`,
      "",
      table,
    ].join("\n"),
    "docs/guard-proof.md",
  );

function tallyOf(kind: string, textClass: string): Tally {
  const known = tallies.get(kind);
  if (known) return known;
  const fresh = { class: textClass, strings: 0, bytes: 0, credentials: 0, structure: 0, rules: new Map() };
  tallies.set(kind, fresh);
  return fresh;
}

function rowOf(kind: string, tally: Tally): string[] {
  const byRule = [...tally.rules].sort((a, b) => b[1] - a[1]).map(([rule, times]) => `${rule} ${times}`);
  return [
    kind,
    tally.class,
    count(tally.strings),
    kb(tally.bytes),
    count(tally.credentials),
    count(falseFlags(tally)),
    byRule.join(", "),
    count(tally.structure),
  ];
}

/** Rules that flagged what nobody has judged to be a credential; two rules on one string count twice. */
function falseFlags(tally: Tally): number {
  return sum([...tally.rules.values()]);
}

/** OWNER/NAME for what lies in OWNER+NAME/repo, else the name of the folder. */
function nameOf(repository: string): string {
  const path = resolve(repository);
  return (basename(path) === "repo" ? basename(dirname(path)) : basename(path)).replace("+", "/");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function count(number: number): string {
  return number.toLocaleString("en");
}

function kb(bytes: number): string {
  return count(Math.round(bytes / 1000));
}
