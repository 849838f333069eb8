/** `npm test`: everything that CI asks, in both languages. Ends with the count of tests per language. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTypeScript, installPackages, root } from "./setup.mjs";

const manifest = ["--manifest-path", "rust/Cargo.toml"];
const scratch = mkdtempSync(join(tmpdir(), "baton-test-"));
const vitestReport = join(scratch, "vitest.json");
const count = { passed: 0, failed: 0, skipped: 0 };
const failedSteps = [];

installPackages();
step("types", "npx", ["tsc", "--noEmit"]);
step("lint and format, TypeScript", "npx", ["biome", "check", "."]);
step("format, Rust", "cargo", ["fmt", ...manifest, "--all", "--check"]);
step("lint, Rust", "cargo", ["clippy", "--quiet", ...manifest, "--all-targets", "--", "-D", "warnings"]);
step("schema", "npm", ["run", "--silent", "schema:check"]);
buildTypeScript();
const rust = step("tests, Rust", "cargo", ["test", "--quiet", ...manifest], { capture: true });
tally("Rust", countCargo(rust));
step("tests, TypeScript", "npx", [
  "vitest",
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${vitestReport}`,
]);
tally("TypeScript", countVitest());
rmSync(scratch, { recursive: true, force: true });

if (failedSteps.length > 0) process.stdout.write(`failed: ${failedSteps.join(", ")}\n`);
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
process.exitCode = failedSteps.length > 0 || count.failed > 0 || count.passed === 0 ? 1 : 0;

/** Runs one step, shows its time, remembers a failure and goes on. Returns its stdout where captured. */
function step(name, command, args, { capture = false } = {}) {
  const started = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", capture ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 1 << 28,
    shell: process.platform === "win32",
  });
  const stdout = result.stdout ?? "";
  if (capture) process.stdout.write(stdout);
  const ok = result.status === 0;
  if (!ok) failedSteps.push(name);
  process.stdout.write(`[${ok ? "ok" : "fail"}] ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  return stdout;
}

function tally(language, { passed, failed, skipped }) {
  count.passed += passed;
  count.failed += failed;
  count.skipped += skipped;
  process.stdout.write(`${language}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

function countCargo(text) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, skipped] of text.matchAll(/(\d+) passed; (\d+) failed; (\d+) ignored/g)) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(skipped);
  }
  return sum;
}

function countVitest() {
  try {
    const report = JSON.parse(readFileSync(vitestReport, "utf8"));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
