/**
 * `npm run bench`: Baton beside named rivals, in one run on one machine. It prints a table, and with `--write` puts it
 * into docs/benchmarks.md. A benchmark fails nothing; it is read. BENCH_RECORDS changes the size (1,000,000).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { kinds } from "../ts/src/gen/tables.js";
import { installModule, moduleFolder } from "./modules.js";
import { machine, markdownTable, publish } from "./page.js";
import { inTurns, ms, p, type Timing, timed as timedIn } from "./timing.js";

interface Appended {
  readonly perSecond: number;
  readonly bytesPerRecord: number;
}

const records = Number(process.env.BENCH_RECORDS ?? 1_000_000);
const runs = Number(process.env.BENCH_RUNS ?? 50);
const doctor = resolve("rust/target/release/opencode-proxy-doctor");
const rivals = resolve("bench/rivals/target/release/rivals");
const scratch = mkdtempSync(join(tmpdir(), "baton-bench-"));
const rows: string[][] = [];
const now = "1795000000000";

try {
  install();
  start();
  append();
  resume();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (process.argv.includes("--write"))
  publish(
    { start: "bench", end: "end" },
    [
      `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench -- --write\`, ${records.toLocaleString("en")} records, on a shared machine: ${machine()}.`,
      "",
      markdownTable(["figure", "value", "beside", "goal"], rows),
    ].join("\n"),
  );

/** Builds what is measured and installs the rival that needs a native build. */
function install(): void {
  installModule("better-sqlite3", "12.6.2");
  buildRelease("bench/rivals/Cargo.toml");
  buildRelease("rust/Cargo.toml", "-p", "opencode-proxy-doctor");
  buildRelease("rust/Cargo.toml", "-p", "baton-state", "--examples");
  run("node", ["scripts/build.mjs"]);
}

function buildRelease(manifest: string, ...what: string[]): void {
  run("cargo", ["build", "--quiet", "--release", "--manifest-path", manifest, ...what]);
}

/** What importing the library adds to an empty Node; the three are measured in turns, since what Node takes drifts. */
function start(): void {
  const module = ["node", "--input-type=module", "-e"];
  const library = `await import(${JSON.stringify(join(process.cwd(), "dist/index.js"))})`;
  const starts = inTurns(
    { count: runs, cwd: process.cwd(), now },
    { empty: ["node", "-e", "0"], module: [...module, "0"], library: [...module, library] },
  );
  row(
    "library start, over an empty module",
    `+${ms(p(starts.library, 50) - p(starts.module, 50))}`,
    `node -e 0: ${ms(p(starts.empty, 50))}`,
    "≤ +10 ms",
  );
}

/** One million records appended from Node. */
function append(): void {
  const measure = (name: string): Appended => {
    const folder = mkdtempSync(join(scratch, "append-"));
    const text = execFileSync("node", [join("bench/append", `${name}.mjs`), folder, String(records)], {
      encoding: "utf8",
      env: { ...process.env, BENCH_MODULES: moduleFolder },
    });
    rmSync(folder, { recursive: true });
    return JSON.parse(text) as Appended;
  };
  const lines = measure("jsonl");
  const batched = measure("jsonl-batched");
  const sqlite = measure("sqlite");
  const one = measure("baton");
  const all = measure("baton-batched");
  const show = (name: string, figure: Appended, goal: string): void =>
    row(
      name,
      `${Math.round(figure.perSecond / 1000)}k/s, ${Math.round(figure.bytesPerRecord)} B`,
      `${times(figure.perSecond / lines.perSecond)} appendFileSync JSONL, ${times(figure.perSecond / batched.perSecond)} batched JSONL`,
      goal,
    );
  show("append, appendFileSync JSONL", lines, "rival");
  show("append, JSONL 64 KiB at a time", batched, "rival");
  show("append, better-sqlite3 12 WAL, 1000 per transaction", sqlite, "rival");
  show("append, Baton, guarded, one write per record", one, "");
  show("append, Baton, guarded, in batches", all, "≥ 0.5× batched JSONL");
}

/** The brief of one workspace, with and without the index, beside the same answer from JSON lines and from SQLite. */
function resume(): void {
  const empty = timed(runs, ["/bin/true"]);
  const small = homeOf(10_000);
  const large = homeOf(records);
  const medianOf = (home: string): number => {
    const figure = timed(runs, ask(home));
    row(
      `resume, warm index, ${home === small ? "10k" : "1M"} records`,
      `p50 ${ms(p(figure, 50))}, p99 ${ms(p(figure, 99))}`,
      `an empty process: p50 ${ms(p(empty, 50))}`,
      "p50 ≤ 3 ms, p99 ≤ 6 ms",
    );
    return p(figure, 50);
  };
  rebuild(small);
  const figure = rebuild(large);
  row(
    "rebuild of the index, 1M records",
    `${ms(p(figure, 50))}, ${mb(statSync(join(large, "index.redb")).size)} file, ${Math.round(figure.rssMb)} MB memory`,
    "",
    "≤ 1 s, ≤ 40 MB, ≤ 80 MB",
  );
  const growth = medianOf(small);
  row("resume, 1M over 10k records", times(medianOf(large) / growth), "", "≤ 2×");
  const repository = timed(runs, [...ask(large).slice(0, 1), "--home", large, "resume"], process.cwd());
  row("resume inside a repository (git's share included)", `p50 ${ms(p(repository, 50))}`, "", "");
  const withIndex = timed(1, ask(large)).output;
  const question = ask(large);
  rmSync(join(large, "index.redb"));
  const without = timed(Math.min(runs, 11), question);
  row(
    "resume without any index, 1M records",
    ms(p(without, 50)),
    without.output === withIndex ? "same bytes" : "OTHER BYTES",
    "≤ 0.2 s",
  );
  rivalsOf(large);
}

function rivalsOf(home: string): void {
  const workspace = workspaceOf(home);
  const keys = join(scratch, "keys.json");
  writeFileSync(
    keys,
    JSON.stringify(
      Object.fromEntries(
        kinds.map((kind) => [
          kind.jsonName,
          kind.key.map((part) =>
            part.envelope
              ? "record.session"
              : kind.message.fields.find((field) => field.number === part.field)?.jsonName,
          ),
        ]),
      ),
    ),
  );
  const lines = join(scratch, "export.jsonl");
  writeFileSync(
    lines,
    execFileSync(doctor, ["--home", home, "export", "--jsonl"], {
      maxBuffer: 2 ** 31 - 1,
      env: { ...process.env, BATON_NOW: now },
    }),
  );
  const node = timed(3, ["node", "bench/jsonl-scan.mjs", keys, lines, workspace]);
  row("the same from JSON lines in Node", ms(p(node, 50)), `${mb(statSync(lines).size)} file`, "rival");
  const database = join(scratch, "records.sqlite");
  const started = performance.now();
  run(rivals, ["import", keys, lines, database]);
  row(
    "import into SQLite with an index (rusqlite)",
    ms(performance.now() - started),
    `${mb(statSync(database).size)} file`,
    "rival",
  );
  const sqlite = timed(runs, [rivals, "resume", database, workspace]);
  row(
    "the same from SQLite (rusqlite)",
    `p50 ${ms(p(sqlite, 50))}, p99 ${ms(p(sqlite, 99))}`,
    sqlite.output === node.output ? "same winners as JSON lines" : "OTHER WINNERS",
    "rival",
  );
}

function homeOf(count: number): string {
  const home = join(scratch, `home-${count}`);
  run("rust/target/release/examples/generate", [home, String(count)], process.cwd(), { BATON_NOW: now });
  return home;
}

function rebuild(home: string): Timing {
  return timed(3, [doctor, "--home", home, "rebuild"]);
}

/** The workspace that the questions are about: the first one of the state. */
function workspaceOf(home: string): string {
  const status = execFileSync(doctor, ["--home", home, "status", "--json"], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    env: { ...process.env, BATON_NOW: now },
  });
  return (JSON.parse(status) as { workspaces: { workspace: string }[] }).workspaces[0]?.workspace ?? "";
}

function ask(home: string): string[] {
  return [doctor, "--home", home, "resume", "--workspace", workspaceOf(home)];
}

function timed(count: number, argv: readonly string[], cwd = scratch): Timing {
  return timedIn(count, argv, { cwd: argv[0] === "node" ? process.cwd() : cwd, now });
}

function run(command: string, args: string[], cwd = process.cwd(), env: NodeJS.ProcessEnv = {}): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

function row(figure: string, value: string, beside: string, goal: string): void {
  rows.push([figure, value, beside, goal]);
  process.stdout.write(`${figure}: ${value}${beside ? ` (${beside})` : ""}${goal ? ` [${goal}]` : ""}\n`);
}
