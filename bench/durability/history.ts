/**
 * `npm run bench:history`: what a long history takes on the disk and to open, before and after `baton gc`, in both languages,
 * with the caches and without: 1,000 days of a person, and a year of a heavy user. It prints tables, and with `--write` puts
 * them into docs/durability-figures.md. BENCH_DAYS and BENCH_YEAR change the days of the two, BATON_SEED what happens on them;
 * BENCH_KEPT names a folder that keeps them for the next run. Words name the parts that are wanted: person, heavy.
 */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dayMs } from "../../ts/src/record/stamp.js";
import { machine, markdownTable, publish } from "../page.js";
import { ms, p, type Timing, timed } from "../timing.js";
import { type Habit, live, recordsOf } from "./life.js";

/** What is measured of a state directory: how it is called, and its figure. */
type Figures = readonly (readonly [name: string, figure: string])[];

const runs = 7;
/** Of what takes over ten seconds. */
const fewRuns = 3;
const isSlow = (all: readonly Timing[]): boolean => (all[0]?.ms[0] ?? 0) > 10_000;
const doctor = resolve("rust/target/release/opencode-proxy-doctor");
const baton = [process.execPath, resolve("dist/cli.js")];
const scratch = mkdtempSync(join(tmpdir(), "baton-history-"));
/** When the histories end. */
const end = Date.parse("2026-11-18T00:00:00Z");
const [days, year] = [Number(process.env.BENCH_DAYS ?? 1000), Number(process.env.BENCH_YEAR ?? 365)];
const weeks = 4;
const seed = Number(process.env.BATON_SEED ?? 7);
const person: Habit = { requests: 180, sessions: 6, looks: 24, hooked: 2 };
const heavy: Habit = { requests: 9000, sessions: 50, looks: 200, hooked: 5 };
const workspace = "github.com/acme/repo-1";

execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
try {
  for (const [part, tablesOf] of Object.entries({ person: longHistory, heavy: heavyYear })) {
    if (words.length > 0 && !words.includes(part)) continue;
    const intro = `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench:history -- --write\`, medians of ${runs} (of ${fewRuns} where one takes over ten seconds), BATON_SEED=${seed}, on a shared machine: ${machine()}.`;
    const text = [intro, ...tablesOf()].join("\n\n");
    console.log(text);
    if (process.argv.includes("--write"))
      publish({ start: part, end: `end of ${part}` }, text, "docs/durability-figures.md");
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The table of 1,000 days. */
function longHistory(): string[] {
  return [beforeAndAfter(days, person, historyOf("person", days, person))];
}

/** The tables of the year, and of the weeks behind it with a compaction at the end of each. */
function heavyYear(): string[] {
  const home = historyOf("heavy", year, heavy);
  const table = beforeAndAfter(year, heavy, home);
  const rows: string[][] = [];
  let most = 0;
  let slowest = 0;
  const atNight = (day: number, now: number): void => {
    if (day % 7 > 0) return;
    rebuild(home, now);
    const opened = [resume(home, now), doctorResume(home, now)];
    const before = sizeOf(home);
    const collected = gc(home, now);
    const after = sizeOf(home);
    most = Math.max(most, before.all);
    slowest = Math.max(slowest, ...opened.map((timing) => p(timing, 50)));
    rows.push([String(year + day), size(before), mb(before.all), ...opened.map(show), size(after), cost(collected)]);
  };
  live({ home, from: end, days: 7 * weeks, habit: heavy, seed, atNight });
  const head = ["day", "segments", "directory", "`baton resume`", "the doctor's", "after `baton gc`", "`baton gc`"];
  const budget = `**The directory of a heavy user**, ${count(recordsOf(heavy))} records a day, a year without \`baton gc\` and then one a week: never above ${mb(most)} after the first one, and opened in ${ms(slowest)}, whichever program opens it.`;
  return [table, markdownTable(head, rows), budget];
}

/** A state directory with a history that ends at `end`; a copy of the one that is kept, where it is to be kept. */
function historyOf(name: string, days: number, habit: Habit): string {
  const home = join(scratch, name);
  const kept = process.env.BENCH_KEPT;
  const made = kept === undefined ? home : resolve(kept, `${name}-${days}`);
  if (!existsSync(made)) live({ home: made, from: end - days * dayMs, days, habit, seed });
  // Links do, for no segment is ever written to again.
  if (made !== home) execFileSync("cp", ["-al", made, home]);
  return home;
}

/** One table: every figure before and after a compaction, which is in it itself. */
function beforeAndAfter(days: number, habit: Habit, home: string): string {
  const now = end;
  const before = figuresOf(home, now);
  const dry = command([...baton, "gc", "--dry-run", "--home", home], now, { count: 1, isFirst: true });
  const collected = gc(home, now);
  const after = figuresOf(home, now);
  const rows = before.map(([name, figure], i) => [name, figure, after[i]?.[1] ?? ""]);
  rows.push(["`baton gc --dry-run`", cost(dry), ""], ["`baton gc`", cost(collected), ""]);
  return markdownTable(
    [`${count(days)} days of ${count(recordsOf(habit))} records`, "before `baton gc`", "after it"],
    rows,
  );
}

function figuresOf(home: string, now: number): Figures {
  buildDoctor();
  const before = sizeOf(home);
  const [index, snapshot] = [join(home, "index.redb"), join(home, "latest.json")];
  const ask = [doctor, "--home", home, "resume", "--workspace", workspace];
  const check = [doctor, "--home", home, "check", "--offline"];
  const without = (file: string, argv: readonly string[]): Timing => {
    const all: Timing[] = [];
    while (all.length < (isSlow(all) ? fewRuns : runs)) {
      rmSync(file, { force: true });
      all.push(command(argv, now, { count: 1, isFirst: true }));
    }
    const rssMb = Math.max(...all.map((each) => each.rssMb));
    return { ms: all.flatMap((each) => each.ms), rssMb, output: all[0]?.output ?? "" };
  };
  const plain = without(snapshot, [...baton, "resume", "--workspace", workspace, "--home", home]);
  const bare = without(index, ask);
  const bareCheck = without(index, check);
  rebuild(home, now);
  return [
    ["segments", size(before)],
    ["`baton resume` without a snapshot", cost(plain)],
    ["`baton resume`", show(resume(home, now))],
    ["`opencode-proxy-doctor resume` without an index", cost(bare)],
    ["`opencode-proxy-doctor resume`", show(doctorResume(home, now))],
    ["`opencode-proxy-doctor check` without an index", cost(bareCheck)],
    ["`opencode-proxy-doctor check`", show(command(check, now))],
  ];
}

function resume(home: string, now: number): Timing {
  return command([...baton, "resume", "--workspace", workspace, "--home", home], now);
}

function doctorResume(home: string, now: number): Timing {
  return command([doctor, "--home", home, "resume", "--workspace", workspace], now);
}

/** Builds the doctor as it is shipped, where it is not built yet. */
function buildDoctor(): void {
  const cargo = ["build", "--quiet", "--release", "--manifest-path", "rust/Cargo.toml", "-p", "opencode-proxy-doctor"];
  execFileSync("cargo", cargo, { stdio: ["ignore", "ignore", "inherit"] });
}

function rebuild(home: string, now: number): void {
  execFileSync(doctor, ["--home", home, "rebuild", "--quiet"], { env: environment(now) });
}

function gc(home: string, now: number): Timing {
  return command([...baton, "gc", "--home", home], now, { count: 1, isFirst: true });
}

/** Runs a command at a moment, outside of any repository, and merges nothing behind it. */
function command(argv: readonly string[], now: number, init: { count?: number; isFirst?: boolean } = {}): Timing {
  const { count = runs, isFirst = false } = init;
  return timed(count, argv, { cwd: scratch, now: String(now), env: environment(now), isFirst });
}

/** Nothing of whoever runs this is found: no client, no configuration, no proxy. */
function environment(now: number): NodeJS.ProcessEnv {
  const env = { HOME: scratch, PORT: "9", USAGE_DB_PATH: "off", BATON_MERGE_MS: "0", BATON_NOW: String(now) };
  return { PATH: process.env.PATH, ...env };
}

interface Size {
  readonly segments: number;
  readonly bytes: number;
  /** Bytes of the whole directory. */
  readonly all: number;
}

function sizeOf(home: string): Size {
  const sum = (folder: string): number =>
    readdirSync(folder, { withFileTypes: true }).reduce((total, entry) => {
      const path = join(folder, entry.name);
      return total + (entry.isDirectory() ? sum(path) : lstatSync(path).size);
    }, 0);
  const folder = join(home, "segments");
  return { segments: readdirSync(folder).length, bytes: sum(folder), all: sum(home) };
}

function size({ segments, bytes }: Size): string {
  return `${mb(bytes)} in ${count(segments)}`;
}

function show(timing: Timing): string {
  return ms(p(timing, 50));
}

/** Time, and most memory. */
function cost(timing: Timing): string {
  return `${show(timing)}, ${Math.round(timing.rssMb)} MB`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
