/**
 * `npm start`: sets up, then does the main job once on real input: takes over the proxy's usage, looks at this
 * repository, runs and records a check, loads the index, and prints the brief that the next session would get.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { buildRust, buildTypeScript, installPackages, root, stop } from "./setup.mjs";

installPackages();
buildTypeScript();
const doctor = buildRust();

const started = Date.now();
const home = process.env.BATON_HOME ?? join(root, ".baton/home");
const env = { ...process.env, BATON_HOME: home };
const baton = (...args) => run(process.execPath, [join(root, "dist/cli.js"), ...args]);

say(
  process.env.BATON_HOME
    ? "state: BATON_HOME"
    : `state: ${relative(root, home)} (ignored by git; nothing else is written)`,
);
const usage = usageFile();
say(`1. usage: ${usage.what}`);
baton("import", "usage", usage.file);
say("2. this repository");
baton("observe");
say("3. a real check, recorded: cargo fmt --check");
baton("run", "--label", "format", "--", "cargo", "fmt", "--manifest-path", "rust/Cargo.toml", "--all", "--check");
say("4. index");
run(doctor, ["rebuild"]);
say("5. the brief that the next session gets\n");
run(doctor, ["resume"], "inherit");
say(`\ndone in ${((Date.now() - started) / 1000).toFixed(1)} s. Type next:`);
const prefix = process.env.BATON_HOME ? "" : `BATON_HOME=${relative(process.cwd(), home) || "."} `;
for (const line of [
  'node dist/cli.js note "what the next session should know"',
  'node dist/cli.js next add "what is to be done"',
  "node dist/cli.js resume",
  "rust/target/release/opencode-proxy-doctor check",
  "rust/target/release/opencode-proxy-launcher --help",
])
  say(`  ${prefix}${line}`);

function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Runs one program; what it prints goes to stderr, so that stdout reads as the story. */
function run(command, args, stdout = 2) {
  const result = spawnSync(command, args, { cwd: root, env, stdio: ["ignore", stdout, "inherit"] });
  if (result.status !== 0 && !(args.includes("run") || result.status === 3))
    stop(
      `${args[0] === join(root, "dist/cli.js") ? "baton" : "opencode-proxy-doctor"} ended with ${result.status}`,
      "see its message above",
    );
}

/** The user's own usage file, or the sample with its times moved so that its last line is now. */
function usageFile() {
  const own = process.env.USAGE_DB_PATH ?? join(homedir(), ".config/opencode-proxy/usage.jsonl");
  if (own !== "off" && existsSync(own)) return { what: "your own usage.jsonl", file: own };
  const lines = readFileSync(join(root, "fixtures/usage/sample.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const shift = Date.now() - Math.max(...lines.map((line) => line.ts));
  const moved = lines.map((line) => JSON.stringify(movedBy(line, shift))).join("\n");
  const file = join(root, ".baton/sample-usage.jsonl");
  mkdirSync(join(root, ".baton"), { recursive: true });
  writeFileSync(file, `${moved}\n`);
  return { what: "the sample of a real proxy, moved to now (you have no usage.jsonl)", file };
}

function movedBy(line, shift) {
  const ts = line.ts + shift;
  const reset = line.limit_reset_at_ts === null ? null : line.limit_reset_at_ts + shift;
  return {
    ...line,
    ts,
    day: localDay(ts),
    limit_reset_at: reset === null ? line.limit_reset_at : new Date(reset).toISOString(),
    limit_reset_at_ts: reset,
  };
}

function localDay(ts) {
  const date = new Date(ts);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}
