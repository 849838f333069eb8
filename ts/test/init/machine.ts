/** A machine of its own for init: a user's home, a state directory and an installation, in a temporary folder. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type InitOptions, type InitPlace, planInit } from "../../src/init/init.js";

/** A machine, and what init finds there. */
export interface Machine {
  readonly root: string;
  readonly home: string;
  readonly codex: string;
  readonly opencode: string;
  readonly state: string;
  /** Codex's `config.toml` and `hooks.json`. */
  readonly config: string;
  readonly hooks: string;
  readonly place: InitPlace;
  /** A file of OpenCode's folder. */
  opencodeFile(name?: string): string;
  /** Writes a file, and the folders above it. */
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
  /** Everything below a folder: type, mode, and content or target of a link. */
  look(folder?: string): Record<string, string>;
  /** Plans and applies; gives what happened, by the last part of the path. */
  init(options?: InitOptions): Promise<Record<string, string>>;
  remove(): void;
}

/** Makes a machine with the folders of both clients, unless told otherwise. */
export function makeMachine({ clients = ["codex", "opencode"], name = "user" } = {}): Machine {
  const root = mkdtempSync(join(tmpdir(), "baton-init-"));
  const home = join(root, name);
  const dist = join(root, "dist");
  const folders = { codex: join(home, ".codex"), opencode: join(home, ".config/opencode") };
  const state = join(home, ".local/state/baton");
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  mkdirSync(home);
  if (clients.includes("codex")) mkdirSync(folders.codex, { recursive: true });
  if (clients.includes("opencode")) mkdirSync(folders.opencode, { recursive: true });
  write(
    join(dist, "cli.js"),
    "process.stdout.write(JSON.stringify({ args: process.argv.slice(2), home: process.env.BATON_HOME }));\n",
  );
  write(join(dist, "opencode.js"), "export const Baton = async () => ({});\n");
  write(join(dist, "proxy.js"), "export class UsageStore {}\n");
  const place: InitPlace = {
    state,
    env: { PATH: "" },
    platform: "linux",
    userHome: home,
    node: process.execPath,
    dist,
  };
  return {
    root,
    home,
    ...folders,
    state,
    config: join(folders.codex, "config.toml"),
    hooks: join(folders.codex, "hooks.json"),
    place,
    opencodeFile: (name = "opencode.json") => join(folders.opencode, name),
    write,
    read: (path) => readFileSync(path, "utf8"),
    look: (folder = home) => lookAt(folder),
    async init(options = {}) {
      const { report, apply } = planInit(options, place);
      await apply();
      return Object.fromEntries(
        report.changes.map(({ path = "", action }) => [
          path.slice(dirname(path).length + 1),
          actions[action ?? 0] ?? "",
        ]),
      );
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

const actions = ["", "none", "create", "edit", "restore", "strip", "delete", "keep"];

function lookAt(folder: string): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const stats = lstatSync(path);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) seen[name] = `link ${readlinkSync(path)}`;
    else seen[name] = stats.isDirectory() ? `folder ${mode}` : `file ${mode} ${readFileSync(path, "base64")}`;
  }
  return seen;
}
