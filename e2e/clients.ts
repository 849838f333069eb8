/** The real clients: which versions the suite is pinned to, and where they are installed. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The pinned versions: the one place. After a change run `npx tsx e2e/capture.ts` and look at what differs. */
export const pinned = {
  codex: { package: "@openai/codex", version: "0.169.0", program: "codex" },
  opencode: { package: "opencode-ai", version: "1.18.33", program: "opencode" },
  /** What OpenCode installs for itself beside any plugin; its version is that of OpenCode. */
  plugin: { package: "@opencode-ai/plugin", version: "1.18.33", program: undefined },
} as const;

/** A package of `pinned`. */
export type Pinned = keyof typeof pinned;

/** The top folder of this repository. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), "..");

const cache = join(repository, ".baton", "e2e");
const windows = process.platform === "win32";

/** Where an installed package of `pinned` lies: the folder that holds `package.json` and `node_modules`. */
export function folderOf(name: Pinned): string {
  return join(cache, `${name}-${pinned[name].version}`);
}

/** The folder of a client's program, for `PATH`. */
export function programFolder(name: Pinned): string {
  return join(folderOf(name), "node_modules", ".bin");
}

/** Whether a package of `pinned` is installed, in full and in its exact version. */
export function isInstalled(name: Pinned): boolean {
  return existsSync(join(folderOf(name), "installed"));
}

/**
 * Installs a package of `pinned` with npm, unless it is there. Gives undefined when it is installed, else the reason in one
 * line: npm's own. About 400 MB (Codex), 350 MB (OpenCode) and 63 MB (its plugin package).
 */
export function install(name: Pinned): string | undefined {
  if (isInstalled(name)) return undefined;
  const { package: packageName, version } = pinned[name];
  const folder = folderOf(name);
  mkdirSync(folder, { recursive: true });
  // The same file that OpenCode would write, so that the folder can be copied beside a plugin as it is.
  writeFileSync(
    join(folder, "package.json"),
    `${JSON.stringify({ dependencies: { [packageName]: version } }, null, 2)}\n`,
  );
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 600_000,
    shell: windows,
  });
  if (npm.status !== 0) return npm.error?.message ?? npm.stderr.trim().split("\n")[0] ?? "npm failed";
  const manifest = join(folder, "node_modules", packageName, "package.json");
  const found = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
  if (found !== version) return `npm installed ${packageName} ${found} instead of ${version}`;
  writeFileSync(join(folder, "installed"), `${version}\n`);
  return undefined;
}
