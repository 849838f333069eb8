/**
 * `npm run guard:ordinary -- DIR...`: how often the guard flags ordinary developer text. Each DIR is a repository of git,
 * bare or not. `--most N` takes at most N strings of each kind from each (3,000); `--show` prints what a secret rule
 * flagged, to the terminal alone; `--judged FILE` names a file of lines that a person has judged to hold a credential
 * (fixtures and documentation do), which are counted apart; `--write` puts the table into docs/guard-proof.md.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import { machine, markdownTable, publish } from "../page.js";
import { harvest } from "./harvest.js";
import { nameOf } from "./repository.js";
import { isStructureRule } from "./rules.js";

interface Tally {
  readonly class: string;
  strings: number;
  bytes: number;
  /** Flagged strings that a person has judged to hold a credential, and the others. */
  credentials: number;
  falseFlags: number;
  /** How often each rule flagged one of the others. */
  readonly secretRules: Map<string, number>;
  readonly structureRules: Map<string, number>;
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
      if (sample.class !== "COMMAND") for (const rule of rules) add(tally.structureRules, rule);
      continue;
    }
    if (values.show)
      process.stdout.write(`${secrets.join(" ")}\t${nameOf(repository)}\t${sample.kind}\t${sample.text}\n`);
    if (judged.has(sample.text)) tally.credentials += 1;
    else {
      tally.falseFlags += 1;
      for (const rule of secrets) add(tally.secretRules, rule);
    }
  }

const rows = [...tallies].map(([kind, tally]) => rowOf(kind, tally));
const all = [...tallies.values()];
const strings = sum(all.map((tally) => tally.strings));
const flags = sum(all.map((tally) => tally.falseFlags));
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
  ["what", "class", "strings", "KB", "credentials", "false flags", "by secret rules", "by structure"],
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
  const fresh: Tally = {
    class: textClass,
    strings: 0,
    bytes: 0,
    credentials: 0,
    falseFlags: 0,
    secretRules: new Map(),
    structureRules: new Map(),
  };
  tallies.set(kind, fresh);
  return fresh;
}

function rowOf(kind: string, tally: Tally): string[] {
  return [
    kind,
    tally.class,
    count(tally.strings),
    kb(tally.bytes),
    count(tally.credentials),
    count(tally.falseFlags),
    listed(tally.secretRules),
    listed(tally.structureRules),
  ];
}

function add(rules: Map<string, number>, rule: string): void {
  rules.set(rule, (rules.get(rule) ?? 0) + 1);
}

/** Rules and how often, the most frequent one first. */
function listed(rules: ReadonlyMap<string, number>): string {
  return [...rules]
    .sort((a, b) => b[1] - a[1])
    .map(([rule, times]) => `${rule} ${count(times)}`)
    .join(", ");
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
