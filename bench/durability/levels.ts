/**
 * `npm run bench:durability`: how long an acknowledgement of each level takes, beside what it costs without Baton, in one run:
 * one at a time, with 64 on their way, and in 8 processes at once. It prints two tables, and with `--write` puts them into
 * docs/durability-figures.md. BENCH_ROUNDS changes how often each is measured, in turns (5).
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installModule, moduleFolder } from "../modules.js";
import { machine, markdownTable, publish } from "../page.js";

/** What one host printed (bench/durability/host.mjs). */
interface HostRun {
  readonly begun: number;
  readonly ended: number;
  readonly ms: readonly number[];
  readonly late: { readonly p50: number; readonly p99: number; readonly most: number };
}

/** One line of the tables: a store, what its acknowledgement promises, and how it is asked. */
interface Measured {
  readonly way: string;
  readonly label: string;
  readonly store: string;
  readonly level: "written" | "durable";
  readonly flight: number;
  readonly processes: number;
  /** Records of a round, over all processes. */
  readonly count: number;
  readonly ms: number[];
  readonly perSecond: number[];
  readonly late: HostRun["late"][];
}

/** How the column of ratios names the stores. */
const shortNames: Readonly<Record<string, string>> = {
  write: "raw",
  "write-sync": "raw",
  "write-async": "raw off the main thread",
  jsonl: "JSONL",
  "jsonl-sync": "JSONL",
  "jsonl-async": "JSONL",
  sqlite: "SQLite",
  "sqlite-batch": "SQLite",
};
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const [oneByOne, inFlight, atOnce] = ["one at a time", "64 on their way", "8 processes at once"];
const all = [
  ...lines(oneByOne, "written", 1, 1, 10_000, { write: "raw `write`", jsonl: "JSONL, `appendFileSync`", written: "" }),
  ...lines(atOnce, "written", 1, 8, 16_000, { write: "raw `write`", jsonl: "JSONL, `appendFileSync`", written: "" }),
  ...lines(oneByOne, "durable", 1, 1, 200, {
    "write-sync": "raw `write` + `fdatasync`",
    "write-async": "the same, `fdatasync` off the main thread",
    "jsonl-sync": "JSONL, `appendFileSync` + `fdatasync`",
    sqlite: "better-sqlite3, a commit each",
    durable: "",
  }),
  ...lines(inFlight, "durable", 64, 1, 1280, {
    "write-async": "raw `write` + `fdatasync`, each its own",
    "jsonl-async": "JSONL, `appendFile` + `fdatasync`, each its own",
    "sqlite-batch": "better-sqlite3, a commit for 64",
    durable: "",
  }),
  ...lines(atOnce, "durable", 1, 8, 800, {
    "write-sync": "raw `write` + `fdatasync`, one file",
    "jsonl-sync": "JSONL, `appendFileSync` + `fdatasync`, one file",
    sqlite: "better-sqlite3, a commit each",
    durable: "",
  }),
];
const idle = line("nothing is recorded", "an idle host", "idle", "durable", 1, 1, 200);

installModule("better-sqlite3", "12.6.2");
execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
for (let round = 0; round < rounds; round++) for (const measured of [idle, ...all]) await measure(measured);

const text = [
  `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench:durability -- --write\`, ${rounds} rounds in turns, on a shared machine: ${machine()}; the folder lies on ${fileSystem()}.`,
  "",
  markdownTable(["how", "store", "promise", "acknowledgements", "p50", "p99", "a second", "beside"], all.map(rowOf)),
  "",
  markdownTable(["host", "beat late: p50", "p99", "most"], [idle, ...all.filter(isInFlight)].map(lateRowOf)),
].join("\n");
console.log(text);
if (process.argv.includes("--write"))
  publish({ start: "levels", end: "end of levels" }, text, "docs/durability-figures.md");

function line(
  way: string,
  label: string,
  store: string,
  level: Measured["level"],
  flight: number,
  processes: number,
  count: number,
): Measured {
  return { way, label, store, level, flight, processes, count, ms: [], perSecond: [], late: [] };
}

function lines(
  way: string,
  level: Measured["level"],
  flight: number,
  processes: number,
  count: number,
  labels: Readonly<Record<string, string>>,
): Measured[] {
  return Object.entries(labels).map(([store, label]) =>
    line(way, label || `**Baton, \`${level}\`**`, store, level, flight, processes, count),
  );
}

/** One round: all hosts are ready before one of them begins. */
async function measure({ store, flight, processes, count, ms, perSecond, late }: Measured): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baton-levels-"));
  try {
    mkdirSync(folder, { recursive: true });
    const hosts = await Promise.all(
      Array.from({ length: processes }, () => startHost(store, folder, count / processes, flight)),
    );
    const runs = await Promise.all(hosts.map((run) => run()));
    const span = Math.max(...runs.map(({ ended }) => ended)) - Math.min(...runs.map(({ begun }) => begun));
    for (const run of runs) ms.push(...run.ms);
    perSecond.push((count * 1000) / span);
    late.push(...runs.map((run) => run.late));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts a host; resolves once it is ready, with what lets it run and gives its figures. */
async function startHost(
  store: string,
  folder: string,
  count: number,
  flight: number,
): Promise<() => Promise<HostRun>> {
  const host = spawn(process.execPath, ["bench/durability/host.mjs", store, folder, String(count), String(flight)], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, BENCH_MODULES: moduleFolder },
  });
  const output = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await output.next();
    if (done) throw new Error(`the host of ${store} ended early`);
    return value;
  };
  await next();
  return async () => {
    const ended = once(host, "exit");
    host.stdin.end("go\n");
    const run = JSON.parse(await next()) as HostRun;
    await ended;
    return run;
  };
}

function rowOf(measured: Measured): string[] {
  const { way, label, level, ms } = measured;
  const promise = level === "written" ? "kernel" : "disk";
  const second = Math.round(middle(measured.perSecond)).toLocaleString("en");
  return [
    way,
    label,
    promise,
    ms.length.toLocaleString("en"),
    time(at(ms, 50)),
    time(at(ms, 99)),
    second,
    beside(measured),
  ];
}

/** Baton's rate over the rates of the others that were asked in the same way. */
function beside(measured: Measured): string {
  const { way, level, store } = measured;
  if (store !== level) return "";
  const others = all.filter((other) => other.way === way && other.level === level && other.store !== level);
  const ratioTo = (other: Measured): string => (middle(measured.perSecond) / middle(other.perSecond)).toFixed(2);
  return others.map((other) => `${ratioTo(other)}× ${shortNames[other.store]}`).join(", ");
}

function isInFlight({ flight }: Measured): boolean {
  return flight > 1;
}

function lateRowOf({ way, label, late }: Measured): string[] {
  const figures = [late.map(({ p50 }) => p50), late.map(({ p99 }) => p99)].map(middle);
  return [`${way}: ${label}`, ...[...figures, Math.max(...late.map(({ most }) => most))].map(time)];
}

function middle(values: readonly number[]): number {
  return at(values, 50);
}

function at(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function time(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(ms < 0.01 ? 1 : 0)} µs` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** Type of the file system that the folders lie on: what a sync costs is its answer. */
function fileSystem(): string {
  return execFileSync("findmnt", ["-n", "-o", "FSTYPE", "-T", tmpdir()], { encoding: "utf8" }).trim();
}
