/**
 * `npm run guard:recall -- DIR...`: what the guard catches of the examples that gitleaks, betterleaks, goredact and atuin
 * carry in their own repositories (the DIRs, repositories of git). Each example is one text of class OPAQUE, where secret
 * rules alone hold; its lines are joined by a space, and one longer than 512 bytes is left out. `--show` prints what was
 * missed and what was flagged, to the terminal alone; `--write` puts the table into docs/guard-proof.md.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import { markdownTable, publish } from "../page.js";
import { corpusOf, type Example } from "./corpora.js";
import { nameOf } from "./repository.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { show: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
});
if (positionals.length === 0) throw new Error("usage: npm run guard:recall -- DIR... (repositories of git)");
const mostBytes = 512;
const policy = policyOf("OPAQUE");

const rows = positionals.map((repository) => {
  const { examples, unread } = corpusOf(resolve(repository));
  const lines = examples.map((example) => ({ ...example, text: example.text.trim().replace(/\s*\n\s*/g, " ") }));
  const read = lines.filter(({ text }) => text !== "" && Buffer.byteLength(text) <= mostBytes);
  const secrets = read.filter(({ isSecret }) => isSecret);
  const others = read.filter(({ isSecret }) => !isSecret);
  const missed = secrets.filter((example) => rulesOf(example).length === 0);
  const flagged = others.filter((example) => rulesOf(example).length > 0);
  const rules = new Set(secrets.map(({ rule }) => rule));
  const blind = [...rules].filter((rule) =>
    secrets.every((example) => example.rule !== rule || missed.includes(example)),
  );
  if (values.show) show(repository, missed, flagged);
  return [
    nameOf(repository),
    `${rules.size - blind.length} / ${rules.size}`,
    share(secrets.length - missed.length, secrets.length),
    share(flagged.length, others.length),
    String(lines.length - read.length),
    String(unread),
  ];
});
const table = markdownTable(
  ["corpus", "rules with a catch", "secrets caught / tried", "negatives flagged / tried", "too long", "unread"],
  rows,
);
process.stdout.write(`${table}\n`);
if (values.write)
  publish(
    { start: "recall", end: "end of recall" },
    [
      `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run guard:recall -- --write DIR...\`.`,
      "",
      table,
    ].join("\n"),
    "docs/guard-proof.md",
  );

function rulesOf({ text }: Example): string[] {
  return judge(policy, Buffer.from(text)).findings.map(({ rule }) => rule);
}

function show(repository: string, missed: readonly Example[], flagged: readonly Example[]): void {
  for (const example of missed)
    process.stdout.write(`missed\t${nameOf(repository)}\t${example.rule}\t\t${JSON.stringify(example.text)}\n`);
  for (const example of flagged)
    process.stdout.write(
      `flagged\t${nameOf(repository)}\t${example.rule}\t${rulesOf(example).join(" ")}\t${JSON.stringify(example.text)}\n`,
    );
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? "" : ` (${((part / whole) * 100).toFixed(1)} %)`;
  return `${part.toLocaleString("en")} / ${whole.toLocaleString("en")}${percent}`;
}
