/**
 * `npm run bench:guard -- [DIR...]`: how many megabytes a second the guard judges in TypeScript and in Rust, beside
 * secretlint and a list of regular expressions on the same strings; how long each program takes to load the rule pack, and
 * how large that is. DIRs are repositories of git that strings are harvested from (this one). `--most N` takes at most N
 * strings of each kind from each (3,000); `--write` puts the tables into docs/guard-proof.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { rulePackBase64 } from "../../ts/src/gen/rule-pack.js";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import type { TextClass } from "../../ts/src/record/schema.js";
import { machine, markdownTable, publish } from "../page.js";
import { harvest, spread } from "./harvest.js";
import { nameOf } from "./repository.js";
import { type Rival, regExpList, secretlint } from "./rivals.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: "string", default: "3000" }, write: { type: "boolean", default: false } },
});
const repositories = positionals.length === 0 ? ["."] : positionals;
/** Passes over all classes, one behind the other: a class is not judged all in one bad moment of the machine. */
const passes = 25;
/** What a pass reads at least, in bytes: few texts are read many times. */
const passBytes = 4_000_000;
/** Strings of a class that are judged, spread evenly over all of it: as many as stay in the caches, as a fresh text does. */
const mostOfClass = 2000;
const utf8 = new TextEncoder();
const classes: readonly (readonly [TextClass, string])[] = [
  ["NOTE", "commit subjects"],
  ["COMMAND", "commands"],
  ["REPO_PATH", "paths"],
  ["REF", "branches and tags"],
  ["URL", "URLs"],
  ["IDENT", "names of packages and models"],
  ["DIGEST", "commit ids"],
  ["OPAQUE", "lines of prose, code, lock files"],
];

/** Bytes, and the seconds that they took. */
interface Pace {
  bytes: number;
  seconds: number;
}

const scratch = mkdtempSync(join(tmpdir(), "baton-guard-"));
try {
  const { texts, bytesOf } = textsByClass();
  const typeScriptMs = typeScriptLoad();
  const rust = rustPaces(texts);
  const typeScript = typeScriptPaces(texts);
  const rivals: readonly Rival[] = [secretlint(), regExpList()];
  const rows: string[][] = [];
  const all: Pace[] = [];
  for (const [textClass, what] of classes) {
    const strings = texts.get(textClass);
    const own = typeScript.get(textClass);
    if (strings === undefined || own === undefined) continue;
    const paces = [own, rust.of(textClass)];
    for (const rival of rivals) paces.push(await rivalPace(rival, strings));
    const { bytes } = own;
    const harvested = bytesOf(textClass);
    paces.forEach((pace, i) => {
      const total = all[i] ?? { bytes: 0, seconds: 0 };
      all[i] = { bytes: total.bytes + harvested, seconds: total.seconds + (pace.seconds * harvested) / pace.bytes };
    });
    rows.push([what, textClass, count(strings.length), kb(bytes), kb(harvested), ...paces.map(perSecond)]);
  }
  rows.push(["all, as harvested", "", "", "", kb(all[0]?.bytes ?? 0), ...all.map(perSecond)]);
  const head = [
    "what",
    "class",
    "strings",
    "KB",
    "KB harvested",
    "TypeScript MB/s",
    "Rust MB/s",
    ...rivals.map(({ name }) => name),
  ];
  const speed = markdownTable(head, rows);
  const pack = Buffer.from(rulePackBase64, "base64");
  const load = markdownTable(
    ["rule pack", "value", "goal"],
    [
      ["load in TypeScript, median of 21 processes", `${typeScriptMs.toFixed(1)} ms`, "10 ms"],
      ["load in Rust, one process", `${rust.load.toFixed(1)} ms`, ""],
      ["size", `${kb(pack.length)} KB`, ""],
      ["size as the program carries it, after gzip", `${kb(gzipSync(rulePackBase64).length)} KB`, "60 KB"],
    ],
  );
  process.stdout.write(`${speed}\n\n${load}\n`);
  if (values.write)
    publish(
      { start: "speed", end: "end of speed" },
      [
        `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench:guard -- --write DIR...\`, at most ${values.most} strings of each kind from each of ${repositories.length} repositories (${repositories.map(nameOf).join(", ")}), on a shared machine: ${machine()}.`,
        "",
        speed,
        "",
        load,
      ].join("\n"),
      "docs/guard-proof.md",
    );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Strings of each class, and how many bytes of it were harvested in all. */
function textsByClass(): { texts: Map<TextClass, string[]>; bytesOf(textClass: TextClass): number } {
  const samples = repositories.flatMap((repository) => harvest(resolve(repository), Number(values.most)));
  const texts = new Map<TextClass, string[]>();
  for (const [textClass] of classes) {
    const all = samples.filter((sample) => sample.class === textClass && !/[\r\n]/.test(sample.text));
    const some = spread(all, mostOfClass).map(({ text }) => text);
    if (some.length > 0) texts.set(textClass, some);
  }
  const bytesOf = (textClass: TextClass): number =>
    samples.reduce((sum, { class: of, text }) => (of === textClass ? sum + Buffer.byteLength(text) : sum), 0);
  return { texts, bytesOf };
}

/** The fastest pass over the strings of each class. */
function typeScriptPaces(all: ReadonlyMap<TextClass, readonly string[]>): Map<TextClass, Pace> {
  const paces = new Map<TextClass, Pace>();
  const encoded = [...all].map(
    ([textClass, strings]) => [textClass, strings.map((text) => utf8.encode(text))] as const,
  );
  for (let pass = 0; pass < passes; pass++)
    for (const [textClass, texts] of encoded) {
      const policy = policyOf(textClass);
      const bytes = texts.reduce((sum, text) => sum + text.length, 0);
      const rounds = Math.ceil(passBytes / bytes);
      const started = performance.now();
      for (let round = 0; round < rounds; round++) for (const text of texts) judge(policy, text);
      const seconds = (performance.now() - started) / 1000 / rounds;
      paces.set(textClass, { bytes, seconds: Math.min(seconds, paces.get(textClass)?.seconds ?? seconds) });
    }
  return paces;
}

/** The same strings in Rust, in one process of `rust/state/examples/judge.rs`. */
function rustPaces(texts: ReadonlyMap<TextClass, readonly string[]>): { of(textClass: TextClass): Pace; load: number } {
  const cargo = ["run", "--quiet", "--release", "--manifest-path", "rust/Cargo.toml", "-p", "baton-state"];
  const file = join(scratch, "texts");
  writeFileSync(file, [...texts].flatMap(([name, list]) => list.map((text) => `${name}\t${text}\n`)).join(""));
  const lines = execFileSync("cargo", [...cargo, "--example", "judge", "--", file], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.split("\t"));
  return {
    load: Number(lines[0]?.[1]) / 1e6,
    of(textClass) {
      const [, bytes, nanoseconds] = lines.find(([name]) => name === textClass) ?? [];
      return { bytes: Number(bytes), seconds: Number(nanoseconds) / 1e9 };
    },
  };
}

/** The fastest of three passes over the strings. */
async function rivalPace({ judge: judgeAll }: Rival, strings: readonly string[]): Promise<Pace> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < 3; pass++) {
    const started = performance.now();
    await judgeAll(strings);
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return { bytes: Buffer.byteLength(strings.join("")), seconds };
}

/** Milliseconds of the first judgement of a process, which loads the rule pack. */
function typeScriptLoad(): number {
  const program = join(scratch, "load.mjs");
  buildSync({
    stdin: {
      contents: `import { judge, policyOf } from "./ts/src/guard/judge.js";
        const [policy, text] = [policyOf("NOTE"), new Uint8Array([97])];
        const started = performance.now();
        judge(policy, text);
        console.log(performance.now() - started);`,
      resolveDir: ".",
    },
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    outfile: program,
  });
  const times = Array.from({ length: 21 }, () => Number(execFileSync("node", [program], { encoding: "utf8" })));
  return times.sort((a, b) => a - b)[10] ?? Number.NaN;
}

function perSecond({ bytes, seconds }: Pace): string {
  const pace = bytes / seconds / 1e6;
  return pace.toFixed(pace < 10 ? 1 : 0);
}

function kb(bytes: number): string {
  return count(Math.round(bytes / 1000));
}

function count(number: number): string {
  return number.toLocaleString("en");
}
