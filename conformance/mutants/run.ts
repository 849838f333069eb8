/**
 * Plants each bug of mutants.ts in a copy of the repository, one at a time, and runs its tests: `npm run mutants [-- NAME …]`.
 * Prints the test that caught it. Ends with 1 where a bug is not caught, or cannot be planted any more.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { copyRepository } from "../copy.js";
import { type Edit, type Mutant, mutants, type Planting, type Tests } from "./mutants.js";

const place = resolve("rust/target/mutants");
const copy = join(place, "copy");
const env = { ...process.env, CARGO_TARGET_DIR: join(place, "target"), CARGO_INCREMENTAL: "1" };

/** Puts `to` in the place of `from`. Throws where `from` does not stand there exactly once. */
function edit({ file, from, to }: Edit): void {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Error(`the text to change does not stand once in ${file}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

/** Runs with a planted bug in place, and gives the names of the tests that fail; undefined where they all pass. */
function failing(tests: Tests): string[] | undefined {
  return tests.runner === "vitest" ? failingVitest(tests.files) : failingCargo(tests.package, tests.tests);
}

function failingVitest(files: readonly string[]): string[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), "baton-mutant-"));
  const report = join(folder, "report.json");
  const args = ["vitest", "run", ...files, "--bail=1", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const { status } = spawnSync("npx", args, { cwd: copy, env, stdio: "ignore", shell: process.platform === "win32" });
    if (status === 0) return undefined;
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
    const broken = testResults.find(({ message }) => message);
    if (broken) throw new Error(`it does not load: ${broken.message.split("\n")[0]}`);
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status: ended }) => ended === "failed").map(({ fullName }) => fullName),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function failingCargo(name: string, tests: readonly string[]): string[] | undefined {
  const chosen = tests.flatMap((test) => ["--test", test]);
  const args = ["test", "--quiet", "--manifest-path", "rust/Cargo.toml", "-p", name, ...chosen];
  const build = spawnSync("cargo", [...args, "--no-run"], { cwd: copy, env, encoding: "utf8" });
  if (build.status !== 0)
    throw new Error(`it does not compile: ${build.stderr.split("\n").find((l) => /^error/.test(l))}`);
  const { status, stdout } = spawnSync("cargo", [...args, "--no-fail-fast"], { cwd: copy, env, encoding: "utf8" });
  if (status === 0) return undefined;
  return [...stdout.matchAll(/^---- (\S+) stdout ----$/gm)].map(([, test]) => test as string);
}

/** What became of a planted bug: the line that is printed, and whether it was caught. */
function plant({ edits, tests }: Planting): { readonly caught: boolean; readonly how: string } {
  const before = edits.map(({ file }) => [join(copy, file), readFileSync(join(copy, file))] as const);
  try {
    for (const each of edits) edit(each);
    const failed = failing(tests);
    if (!failed) return { caught: false, how: "NOT CAUGHT" };
    const [first = "the tests ended before they could say which", ...others] = failed;
    return { caught: true, how: others.length > 0 ? `${first} (and ${others.length} more)` : first };
  } catch (error) {
    return { caught: false, how: `NOT PLANTED: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    for (const [path, bytes] of before) writeFileSync(path, bytes);
  }
}

function run(chosen: readonly Mutant[]): boolean {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  copyRepository(copy);
  let caught = 0;
  for (const { name, plantings } of chosen) {
    const ended = plantings.map((planting) => ({ ...planting, ...plant(planting) }));
    for (const { language, how } of ended) process.stdout.write(`${name} · ${language} · ${how}\n`);
    if (ended.every((each) => each.caught)) caught++;
  }
  process.stdout.write(`${caught} of ${chosen.length} planted bugs caught\n`);
  return caught === chosen.length;
}

const names = process.argv.slice(2);
const chosen = names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name));
if (chosen.length < names.length)
  throw new Error(`no such bug; there are: ${mutants.map(({ name }) => name).join(", ")}`);
process.exitCode = run(chosen) ? 0 : 1;
