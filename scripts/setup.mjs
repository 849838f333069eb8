/**
 * Brings a fresh clone to where it can run: packages, bundles, native programs. Skips what is fresh. Uses Node alone. Run
 * by itself it brings packages and bundles, so that steps that run side by side need not.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a command in the repository with its output shown on stderr; ends the program when it fails. */
export function must(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, "inherit"],
    shell: process.platform === "win32",
    ...options,
  });
  if (result.status === 0) return;
  if (result.error?.code === "ENOENT") stop(`${command} is not installed`, needed[command] ?? `install ${command}`);
  stop(`${command} ${args.slice(0, 3).join(" ")} ended with ${result.status ?? result.signal}`, "see its output above");
}

const needed = {
  cargo: "install Rust 1.90 or newer from https://rustup.rs",
  git: "install git",
  npm: "install Node 20 or newer from https://nodejs.org",
};

/** Prints what is wrong and what to do, and ends with 1. */
export function stop(what, remedy) {
  process.stderr.write(`error: ${what}\nhelp: ${remedy}\n`);
  process.exit(1);
}

/** Installs packages where package-lock.json changed since the last time. */
export function installPackages() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) stop(`Node ${process.versions.node} is too old to build Baton`, needed.npm);
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (stampOf("packages") === lock && existsSync(join(root, "node_modules"))) return;
  process.stderr.write("setup: installing packages\n");
  must("npm", ["ci", "--no-audit", "--no-fund"]);
  setStamp("packages", lock);
}

/** Builds dist/ where a TypeScript source is newer than it. */
export function buildTypeScript() {
  const newest = newestIn(join(root, "ts/src"), join(root, "scripts/build.mjs"), join(root, "package.json"));
  if (stampOf("typescript") === String(newest) && existsSync(join(root, "dist/cli.js"))) return;
  process.stderr.write("setup: building the TypeScript programs\n");
  must("node", ["scripts/build.mjs"]);
  setStamp("typescript", String(newest));
}

/** Builds the native programs, doctor and launcher; cargo knows what is fresh. Returns the path of the doctor. */
export function buildRust() {
  const doctor = join(
    root,
    "rust/target/release",
    `opencode-proxy-doctor${process.platform === "win32" ? ".exe" : ""}`,
  );
  if (!existsSync(doctor)) process.stderr.write("setup: building the native programs (a minute or two)\n");
  must("cargo", [
    "build",
    "--quiet",
    "--release",
    "--locked",
    "--manifest-path",
    "rust/Cargo.toml",
    "-p",
    "opencode-proxy-doctor",
    "-p",
    "opencode-proxy-launcher",
  ]);
  return doctor;
}

function stampOf(name) {
  const file = join(root, ".baton/setup", name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function setStamp(name, value) {
  mkdirSync(join(root, ".baton/setup"), { recursive: true });
  writeFileSync(join(root, ".baton/setup", name), value);
}

function newestIn(...paths) {
  let newest = 0;
  for (const path of paths) {
    const stat = statSync(path);
    const inside = stat.isDirectory() ? newestIn(...readdirSync(path).map((name) => join(path, name))) : 0;
    newest = Math.max(newest, stat.mtimeMs, inside);
  }
  return newest;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  installPackages();
  buildTypeScript();
}
