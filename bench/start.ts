/**
 * `npm run bench:start`: how long each command of the native programs takes in a home as a week of work leaves it, beside an
 * empty program. It prints a table, and with `--write` puts it into docs/benchmarks.md. BENCH_RUNS changes the count (50).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { machine, markdownTable, publish } from "./page.js";
import { inTurns, ms, p } from "./timing.js";

const runs = Number(process.env.BENCH_RUNS ?? 50);
const records = 10_000;
const now = "1795000000000";
const doctor = resolve("rust/target/release/opencode-proxy-doctor");
const launcher = resolve("rust/target/release/opencode-proxy-launcher");
const scratch = mkdtempSync(join(tmpdir(), "baton-start-"));

try {
  build();
  const home = join(scratch, "home");
  execFileSync("rust/target/release/examples/generate", [home, String(records)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, BATON_NOW: now },
  });
  execFileSync(doctor, ["--home", home, "rebuild", "--quiet"], { env: { ...process.env, BATON_NOW: now } });
  measure(home);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function build(): void {
  const cargo = ["build", "--quiet", "--release", "--manifest-path", "rust/Cargo.toml"];
  for (const what of [
    ["-p", "opencode-proxy-doctor", "-p", "opencode-proxy-launcher"],
    ["-p", "baton-state", "--examples"],
  ])
    execFileSync("cargo", [...cargo, ...what], { stdio: ["ignore", "ignore", "inherit"] });
}

function measure(home: string): void {
  const of = (...args: string[]): string[] => [doctor, "--home", home, ...args];
  const commands = {
    "an empty program (`true`)": ["/bin/true"],
    "`--version`": [doctor, "--version"],
    "`check --offline`": of("check", "--offline"),
    "`check --compact --offline`": of("check", "--compact", "--offline"),
    "`resume`": of("resume"),
    "`status`": of("status"),
    "`usage`": of("usage"),
    "`verify`": of("verify"),
    "`dump`": of("dump"),
    "`export --jsonl`": of("export", "--jsonl"),
    "`rebuild`": of("rebuild", "--quiet"),
    "`guard`, no line": [doctor, "guard"],
    "`sql`": of("sql", "SELECT count(*) FROM handoff_note"),
    "`opencode-proxy-launcher --version`": [launcher, "--version"],
    "`opencode-proxy-launcher --agent codex`, which is `true`": [
      launcher,
      "--home",
      home,
      "--agent",
      "codex",
      "--quiet",
    ],
  };
  const programs = join(scratch, "programs");
  execFileSync("mkdir", [programs]);
  execFileSync("ln", ["-s", "/bin/true", join(programs, "codex")]);
  // Nothing of whoever runs this is found: no client, no configuration, no proxy.
  const env = { HOME: scratch, PATH: `${programs}:${process.env.PATH}`, PORT: "9", USAGE_DB_PATH: "off" };
  const timings = inTurns({ count: runs, cwd: scratch, now, env }, commands);
  const empty = p(timings["an empty program (`true`)"], 50);
  const rows = Object.entries(timings).map(([name, timing]) => {
    const median = p(timing, 50);
    return [name, ms(median), ms(p(timing, 95)), ms(Math.max(0, median - empty))];
  });
  const table = markdownTable(["command", "median", "p95", "over the empty program"], rows);
  process.stdout.write(`${table}\n`);
  if (!process.argv.includes("--write")) return;
  const day = new Date().toISOString().slice(0, 10);
  const intro = `Run of ${day} with \`npm run bench:start -- --write\`, ${runs} runs each, ${records.toLocaleString("en")} records, on a shared machine: ${machine()}.`;
  publish({ start: "starts", end: "end of starts" }, [intro, "", table].join("\n"));
}
