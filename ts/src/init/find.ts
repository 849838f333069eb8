/** Which clients are on this machine, and where their files lie. */
import { existsSync, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** What the search depends on. */
export interface FindInit {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** The user's home directory. */
  readonly userHome: string;
}

/** A client: the folder of its configuration, and whether anything of it is here. */
export interface Found {
  readonly folder: string;
  readonly isHere: boolean;
}

/** Codex: `$CODEX_HOME`, else `~/.codex`, or `codex` on PATH. */
export function findCodex({ env, platform, userHome }: FindInit): Found {
  const folder = resolve(env.CODEX_HOME || join(userHome, ".codex"));
  return { folder, isHere: existsSync(folder) || onPath("codex", env, platform) !== undefined };
}

/** OpenCode: `$XDG_CONFIG_HOME/opencode`, else `~/.config/opencode`, or `opencode` on PATH. */
export function findOpencode({ env, platform, userHome }: FindInit): Found {
  const folder = resolve(env.XDG_CONFIG_HOME || join(userHome, ".config"), "opencode");
  return { folder, isHere: existsSync(folder) || onPath("opencode", env, platform) !== undefined };
}

/** Where a program lies on PATH. */
export function onPath(name: string, env: FindInit["env"], platform: string): string | undefined {
  const endings = platform === "win32" ? (env.PATHEXT ?? ".EXE;.CMD;.BAT;.COM").split(";") : [""];
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}
