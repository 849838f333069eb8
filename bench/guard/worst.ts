/**
 * `npm run guard:worst`: searches for the texts on which the guard is slowest, and for those on which its time grows
 * faster than their length. A random search, then climbing from the worst ones, by the time of TypeScript. `--rounds N`
 * says how long (300); `--seed N` repeats a run; `--rust PROGRAM` times the same texts in an opencode-proxy-doctor;
 * `--show` prints the texts; `--write` puts the table into docs/guard-proof.md.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { drawFrom } from "../../conformance/draw.js";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import type { TextClass } from "../../ts/src/record/schema.js";
import { machine, markdownTable, publish } from "../page.js";
import { changedUnit, randomUnit, textOf, type Unit } from "./hard-text.js";

interface Hard {
  readonly unit: Unit;
  readonly score: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 0x7fffffff) },
    rust: { type: "string" },
    show: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const draw = drawFrom(Number(values.seed));
/** Classes, and the longest text of each that is looked at; COMMAND and OPAQUE may be longer, a record holds 4 KiB. */
const fields: readonly (readonly [TextClass, number])[] = [
  ["IDENT", 128],
  ["NOTE", 200],
  ["REF", 255],
  ["URL", 512],
  ["REPO_PATH", 512],
  ["COMMAND", 4096],
  ["OPAQUE", 4096],
];
const [small, large] = [1024, 65_536];

const rows = fields.map(([textClass, bytes]) => {
  const { unit } = climb((candidate) => milliseconds(textClass, textOf(candidate, bytes), 3));
  const slowest = milliseconds(textClass, textOf(unit, bytes), 200);
  if (values.show) process.stdout.write(`${textClass} slowest ${JSON.stringify(unit)}\n`);
  const rust = values.rust ? [rustMilliseconds(values.rust, textClass, textOf(unit, bytes))] : [];
  const row = [textClass, String(bytes), `${slowest.toFixed(3)} ms`, ...rust];
  if (bytes < 4096) return [...row, ""];
  const steep = climb((candidate) => exponent(textClass, candidate, 3)).unit;
  if (values.show) process.stdout.write(`${textClass} steepest ${JSON.stringify(steep)}\n`);
  return [...row, Math.max(exponent(textClass, steep, 50), exponent(textClass, unit, 50)).toFixed(2)];
});
const languages = values.rust ? ["TypeScript", "Rust"] : ["TypeScript"];
const table = markdownTable(["class", "bytes", ...languages, "growth, 1 to 64 KiB"], rows);
process.stdout.write(`${table}\nseed ${values.seed}\n`);
if (values.write)
  publish(
    { start: "worst", end: "end of worst" },
    [
      `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run guard:worst -- --write\`, ${rounds} rounds, seed ${values.seed}, on a shared machine: ${machine()}. Growth is the exponent of time over length, of TypeScript.`,
      "",
      table,
    ].join("\n"),
    "docs/guard-proof.md",
  );

/** The worst of many random units, each of the best ones changed step by step as long as it gets worse. */
function climb(scoreOf: (unit: Unit) => number): Hard {
  const scored = (unit: Unit): Hard => ({ unit, score: scoreOf(unit) });
  const first = Array.from({ length: rounds * 4 }, () => scored(randomUnit(draw))).sort((a, b) => b.score - a.score);
  const tops = first.slice(0, 5).map((start) => {
    let top = start;
    for (let round = 0; round < rounds; round++) {
      const next = scored(changedUnit(draw, top.unit));
      if (next.score > top.score && scoreOf(next.unit) > top.score) top = next;
    }
    return top;
  });
  return tops.reduce((worst, top) => (top.score > worst.score ? top : worst));
}

/** Least time of several judgements: what else runs on the machine only adds to it. */
function milliseconds(textClass: TextClass, text: Uint8Array, runs: number): number {
  const policy = policyOf(textClass);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    judge(policy, text);
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

function exponent(textClass: TextClass, unit: Unit, runs: number): number {
  const [low, high] = [small, large].map((bytes) => milliseconds(textClass, textOf(unit, bytes), runs));
  return Math.log((high as number) / (low as number)) / Math.log(large / small);
}

/** Time of one line of `opencode-proxy-doctor guard`, JSON and all, out of many more lines than few. */
function rustMilliseconds(program: string, textClass: TextClass, text: Uint8Array): string {
  const line = `${JSON.stringify({ class: textClass, text: Buffer.from(text).toString() })}\n`;
  const time = (lines: number): number => {
    const input = line.repeat(lines);
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run++) {
      const started = performance.now();
      execFileSync(program, ["guard"], { input, maxBuffer: 1 << 30 });
      least = Math.min(least, performance.now() - started);
    }
    return least;
  };
  return `${((time(3000) - time(1000)) / 2000).toFixed(3)} ms`;
}
