/**
 * `npm run package`: what is handed out, in packages/: the npm tarball, an archive of the native programs for Linux and,
 * where they can be built, one for Windows, and SHA256SUMS. The same sources give the same bytes, and hold no path of the
 * machine that built them.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { zipSync } from "fflate";
import { cargo, forBuilding, installCommand, missing, target as windowsTarget } from "../windows/toolchain.mjs";
import { licenseText, rustPackages } from "./licenses.mjs";
import { installPackages, must, root, stop } from "./setup.mjs";

const programs = ["opencode-proxy-doctor", "opencode-proxy-launcher"];
const linuxTarget = "x86_64-unknown-linux-gnu";
const out = join(root, "packages");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** The moment that files in archives bear: the first that a zip can tell. */
const epoch = "1980-01-01 00:00:00";

installPackages();
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
packNpm();
const own = packLinux();
packWindows(own);
writeSums();
for (const name of readdirSync(out))
  process.stdout.write(`${String(statSync(join(out, name)).size).padStart(9)}  packages/${name}\n`);

function packNpm() {
  must("node", ["scripts/build.mjs"]);
  must("npm", ["pack", "--silent", "--pack-destination", out]);
}

/** Gives the paths of the programs. */
function packLinux() {
  const args = ["build", "--locked", "--manifest-path", "rust/Cargo.toml", "--target", linuxTarget];
  const env = { ...process.env, CARGO_TARGET_DIR: join(root, "rust/target/package") };
  const built = buildPrograms({ command: "cargo", args, env }, linuxTarget, []);
  const folder = stage(`baton-${version}-${linuxTarget}`, linuxTarget, built);
  for (const program of built) {
    must(program, ["man", join(folder.path, "man")]);
    for (const shell of ["bash", "elvish", "fish", "zsh"]) complete(folder, program, shell);
  }
  const tar = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar", `--mtime=${epoch}Z`];
  const archive = join(out, `${folder.name}.tar.gz`);
  must("tar", [...tar, "--use-compress-program=gzip -9n", "-cf", archive, "-C", folder.parent, folder.name]);
  process.stdout.write(`Linux: needs glibc ${newestGlibc(built)} or newer\n`);
  rmSync(folder.parent, { recursive: true });
  return built;
}

/** `own` are the programs of this machine, which know the same arguments. */
function packWindows(own) {
  const absent = missing(forBuilding);
  if (absent.length > 0) {
    const remedy = `as root: ${installCommand(absent)}`;
    process.stdout.write(`[skip] the archive for Windows, ${absent.length} packages are missing; ${remedy}\n`);
    return;
  }
  // The linker would write the time into the header.
  const built = buildPrograms(cargo("build"), windowsTarget, ["-Clink-arg=-Wl,--no-insert-timestamp"]);
  const folder = stage(`baton-${version}-${windowsTarget}`, windowsTarget, built);
  for (const program of own) complete(folder, program, "powershell");
  const files = {};
  for (const name of readdirSync(folder.path, { recursive: true }).sort())
    if (statSync(join(folder.path, name)).isFile())
      files[`${folder.name}/${name}`] = readFileSync(join(folder.path, name));
  writeFileSync(join(out, `${folder.name}.zip`), zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) }));
  rmSync(folder.parent, { recursive: true });
}

/** Builds the native programs for release, and gives their paths. Refuses one that holds a path of this machine. */
function buildPrograms({ command, args, env }, target, flags) {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const places = { [homedir()]: "/home", [cargoHome]: "/cargo", [root]: "/baton" };
  const remap = Object.entries(places).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const selected = programs.flatMap((name) => ["--package", name]);
  must(command, [...args, "--release", "--quiet", ...selected], {
    env: { ...env, CARGO_ENCODED_RUSTFLAGS: [...remap, ...flags].join("\x1f") },
  });
  const suffix = target === windowsTarget ? ".exe" : "";
  const built = programs.map((name) => join(env.CARGO_TARGET_DIR, target, "release", `${name}${suffix}`));
  for (const path of built) {
    const bytes = readFileSync(path);
    const found = Object.keys(places).find((place) => bytes.includes(`${place}/`));
    if (found !== undefined) stop(`${path} holds a path of this machine`, `--remap-path-prefix has to cover ${found}`);
  }
  return built;
}

/** A folder with what an archive holds. */
function stage(name, target, built) {
  const parent = join(out, "stage");
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  for (const program of built) copyFileSync(program, join(path, basename(program)));
  cpSync(join(root, "LICENSE"), join(path, "LICENSE"));
  const packages = rustPackages(target, programs);
  writeFileSync(join(path, "THIRD-PARTY.txt"), licenseText(packages, notesOf(packages, target)));
  writeFileSync(join(path, "README.txt"), readme(target));
  return { parent, path, name };
}

/** Puts the completions of a program for a shell into an archive. */
function complete(folder, program, shell) {
  const { stdout, status } = spawnSync(program, ["completions", shell], { encoding: "utf8" });
  if (status !== 0) stop(`${basename(program)} completions ${shell} ended with ${status}`, "see its --help");
  mkdirSync(join(folder.path, "completions"), { recursive: true });
  writeFileSync(join(folder.path, "completions", `${basename(program)}.${shell}`), stdout);
}

/** What no package of Rust tells of. */
function notesOf(packages, target) {
  const notes = [
    "The standard library of Rust (MIT OR Apache-2.0), Copyright (c) The Rust Project Contributors,\nhttps://www.rust-lang.org; the texts of both licences stand below.\n",
  ];
  if (packages.some(({ name }) => name === "libsqlite3-sys"))
    notes.push("SQLite (public domain), https://www.sqlite.org/copyright.html\n");
  if (target === windowsTarget)
    notes.push(
      "The start-up code of MinGW-w64 (public domain, and ZPL-2.1 in parts), https://www.mingw-w64.org, and the support\nlibrary of GCC (GPL-3.0-or-later WITH GCC-exception-3.1, which lets programs under any licence hold it),\nhttps://gcc.gnu.org\n",
    );
  return notes;
}

function readme(target) {
  const isWindows = target === windowsTarget;
  const start = isWindows ? "opencode-proxy-doctor.exe" : "./opencode-proxy-doctor";
  const lines = [
    `Baton ${version} for ${isWindows ? "Windows 10 and newer" : "Linux"}, x86_64`,
    "",
    `${programs[0]}    shows what Baton knows, whether all of it is sound, and what to do`,
    `${programs[1]}  starts a working day: the proxy, the brief, and the agent in this terminal`,
    "",
    `Both need nothing else. Put them into a folder on PATH, or start them where they are: ${start} --help`,
    "LICENSE is the licence of Baton, THIRD-PARTY.txt has those of what others wrote in these programs.",
  ];
  return lines.map((line) => `${line}${isWindows ? "\r\n" : "\n"}`).join("");
}

/** The newest version of glibc that the programs ask for a symbol of. */
function newestGlibc(built) {
  const { stdout, status } = spawnSync("objdump", ["-T", ...built], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) return "(unknown: objdump is missing)";
  const versions = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  return `2.${Math.max(...versions)}`;
}

function writeSums() {
  const lines = readdirSync(out)
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(out, name)))
          .digest("hex")}  ${name}\n`,
    );
  writeFileSync(join(out, "SHA256SUMS"), lines.join(""));
}
