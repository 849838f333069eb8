/**
 * What lies beside the plugin. OpenCode installs `@opencode-ai/plugin` (63 MB) into each of its configuration folders, and
 * its start waits for that as soon as there is any plugin: over a minute where npm cannot be reached. It installs nothing
 * where the folder holds `node_modules`, empty or not, and a `package-lock.json` that names the package and all that
 * `package.json` declares (OpenCode 1.18.33). Baton's plugin needs no package, so an empty folder and a lock stand in.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Name of the plugin's file in the folder `plugin` of OpenCode's configuration. */
export const pluginName = "baton.js";

/** What OpenCode wants to find installed. */
const wanted = "@opencode-ai/plugin";

/** The lock that stands in: it names what OpenCode looks for, in a version that nobody published. */
export const stubLock = `${JSON.stringify(
  {
    name: "baton-stub",
    lockfileVersion: 3,
    packages: { "": { name: "baton-stub", dependencies: { [wanted]: "0.0.0" } } },
  },
  null,
  2,
)}\n`;

/** What a package manager leaves in a folder. */
const traces = ["package.json", "package-lock.json", "bun.lock", "bun.lockb", "node_modules"];
/** Where OpenCode loads code from that may import packages. */
const codeFolders = ["plugin", "plugins", "tool", "tools"];
/** Where plugins may be named that lie elsewhere in the folder. */
const configFiles = ["opencode.json", "opencode.jsonc", "config.json"];

/**
 * The built plugin: a file of this package, to be copied as it is. Does not look whether it is there: it is in every
 * published package, and in a checkout after `npm run build`.
 */
export function pluginFile(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isThere(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, "dist", "opencode.js");
}

/** Whether OpenCode would install packages into a configuration folder at its start. */
export function wouldInstall(folder: string): boolean {
  if (statSync(join(folder, "node_modules"), { throwIfNoEntry: false })?.isDirectory() !== true) return true;
  const lock = parse(readText(join(folder, "package-lock.json")));
  const locked = namesIn((lock as { packages?: Record<string, unknown> } | undefined)?.packages?.[""]);
  const declared = namesIn(parse(readText(join(folder, "package.json"))));
  return [wanted, ...declared].some((name) => !locked.includes(name));
}

/**
 * What keeps the stub out of a configuration folder, by its path in there: packages of the user's, or code besides Baton's
 * plugin, which might import the real package. Undefined where nothing does; the stub itself does not.
 */
export function stubObstacle(folder: string): string | undefined {
  const packages = isStub(folder) ? undefined : traces.find((name) => isThere(join(folder, name)));
  return packages ?? codeIn(folder);
}

/** Writes the stub, where `stubObstacle` names nothing. Throws what the file system refuses. */
export function writeStub(folder: string): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "package-lock.json"), stubLock);
}

/** Whether the packages of a configuration folder are the stub, as it was written. */
export function isStub(folder: string): boolean {
  return (
    readText(join(folder, "package-lock.json")) === stubLock &&
    namesOf(join(folder, "node_modules")).length === 0 &&
    !isThere(join(folder, "package.json"))
  );
}

/** Removes the stub; gives whether there was one. What has become of it in other hands stays. */
export function removeStub(folder: string): boolean {
  if (!isStub(folder)) return false;
  rmSync(join(folder, "package-lock.json"));
  rmdirSync(join(folder, "node_modules"));
  return true;
}

/** The first piece of code in a configuration folder that is not Baton's plugin. */
function codeIn(folder: string): string | undefined {
  for (const name of codeFolders)
    for (const entry of namesOf(join(folder, name)))
      if (name !== "plugin" || entry !== pluginName) return `${name}/${entry}`;
  const file = namesOf(folder).find((name) => /\.[cm]?[jt]sx?$/.test(name));
  return file ?? configFiles.find((name) => /"plugin"\s*:/.test(readText(join(folder, name)) ?? ""));
}

/** Names of the dependencies in a package.json, or in the root of a package-lock.json. */
function namesIn(manifest: unknown): string[] {
  if (typeof manifest !== "object" || manifest === null) return [];
  const lists = manifest as Readonly<Record<string, unknown>>;
  const kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
  return kinds.flatMap((kind) => Object.keys((lists[kind] as object | undefined) ?? {}));
}

/** Names in a folder, in byte order; none where there is no such folder. */
function namesOf(folder: string): string[] {
  return isThere(folder) ? readdirSync(folder).sort() : [];
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readText(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, "utf8") : undefined;
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
