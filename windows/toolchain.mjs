/**
 * What builds and runs programs for Windows on Debian: the cross compiler, a Rust that comes with the sources of its
 * standard library, since no registry holds one for this target, and wine. Used by `npm run test:windows` and
 * `npm run package`.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { root } from "../scripts/setup.mjs";

/** The target that the programs are built for. */
export const target = "x86_64-pc-windows-gnu";

/** Debian packages that building takes. rustc-web and rust-web-src are of one version; rustup gives no such pair offline. */
export const forBuilding = [
  "gcc-mingw-w64-x86-64-win32",
  "mingw-w64-x86-64-dev",
  "rustc-web",
  "cargo-web",
  "rust-web-src",
];
/** Debian packages that running takes. */
export const forRunning = ["wine", "wine64"];

/**
 * Which of the packages are missing. With `BATON_INSTALL=1` and as root they are installed first; what apt-get says is
 * shown where it fails. Gives all of them where this is no Debian.
 */
export function missing(packages) {
  const absent = () => packages.filter((name) => !isInstalled(name));
  if (absent().length === 0) return [];
  if (process.env.BATON_INSTALL === "1" && process.getuid?.() === 0) install(absent());
  return absent();
}

/** The command that installs packages. */
export function installCommand(packages) {
  return `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/** Options of cargo that build the standard library along, and the environment that names Debian's own compiler. */
export function cargo(...args) {
  return {
    command: "/usr/bin/cargo",
    args: [...args, "--locked", "--manifest-path", "rust/Cargo.toml", "--target", target, "-Zbuild-std"],
    env: {
      ...process.env,
      // Not what rustup put first on PATH.
      RUSTC: "/usr/bin/rustc",
      RUSTDOC: "/usr/bin/rustdoc",
      // Lets a released compiler take -Zbuild-std.
      RUSTC_BOOTSTRAP: "1",
      CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER: "x86_64-w64-mingw32-gcc",
      // Apart from the native one: the two compilers would throw away each other's work.
      CARGO_TARGET_DIR: `${root}/rust/target/windows`,
    },
  };
}

function isInstalled(name) {
  const run = spawnSync("dpkg", ["--status", name], { encoding: "utf8" });
  return /^Status: .* installed$/m.test(run.stdout ?? "");
}

function install(packages) {
  const options = { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  if (!existsSync("/usr/bin/apt-get")) return;
  const [command, ...args] = installCommand(packages).split(" ");
  // The lists of a fresh machine are empty or old.
  for (const run of [
    ["apt-get", "update", "-qq"],
    [command, "-qq", ...args],
  ]) {
    const { status, stderr } = spawnSync(run[0], run.slice(1), options);
    if (status !== 0) process.stderr.write(stderr);
  }
}
