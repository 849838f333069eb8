/** The state directory: where everything of Baton lies on this machine (docs/design.md, "State directory"). */
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { codeOf, homeError } from "../segment/system.js";
import { type Config, parseConfig } from "./config.js";
import { createKeyFile, readKeyFile } from "./key.js";
import { isRemotePlace, stateDirectory } from "./place.js";
import { userHome } from "./user.js";

export { now } from "./clock.js";
export type { Config } from "./config.js";
export { alias, digest, keyId } from "./key.js";

/** The state directory. Making one does no I/O; each function does its own. */
export interface Home {
  /** Absolute path of the directory. */
  readonly dir: string;
  /** Absolute path of the folder of segments. */
  readonly segments: string;
  /**
   * Makes the directory and the folder of segments, 0700, where they are missing. Throws HOME_REMOTE on a synced or
   * remote folder, unless BATON_HOME or --home names it and BATON_ALLOW_REMOTE is 1; HOME_UNUSABLE where it cannot.
   */
  create(): void;
  /** install.key, made where it is missing; the directory must be there. Throws HOME_KEY, or HOME_UNUSABLE like `config`. */
  key(): Uint8Array;
  /** install.key, or undefined where there is none: readers never make it. Throws HOME_KEY, or HOME_UNUSABLE like `config`. */
  readKey(): Uint8Array | undefined;
  /** What the user has set; empty where there is no config.json. Throws HOME_CONFIG; HOME_UNUSABLE where `dir` is a file. */
  config(): Config;
}

/** What names a state directory. */
export interface HomeInit {
  /** Value of --home. */
  readonly home?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The state directory that options, environment and platform name. Throws HOME_UNUSABLE where nothing names one. */
export function openHome({ home, env }: HomeInit): Home {
  const platform = process.platform;
  const named = stateDirectory({ home, env, platform, userHome: userHome(env) });
  if (named === undefined) throw batonError(errors.HOME_UNUSABLE);
  const dir = resolve(named);
  const segments = join(dir, "segments");
  const keyPath = join(dir, "install.key");
  const isRemoteAllowed = Boolean(home || env.BATON_HOME) && env.BATON_ALLOW_REMOTE === "1";
  return {
    dir,
    segments,
    create() {
      if (!isRemoteAllowed && isRemotePlace(realPlace(dir), readMounts())) throw batonError(errors.HOME_REMOTE);
      try {
        mkdirSync(segments, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw homeError(error, errors.HOME_UNUSABLE);
      }
    },
    key: () => createKeyFile(keyPath),
    readKey: () => readKeyFile(keyPath),
    config() {
      let text: string;
      try {
        text = readFileSync(join(dir, "config.json"), "utf8");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return {};
        throw homeError(error, errors.HOME_CONFIG);
      }
      return parseConfig(text);
    },
  };
}

/** The path with the links of what is already there resolved. */
function realPlace(dir: string): string {
  for (let there = dir; ; there = dirname(there)) {
    try {
      return join(realpathSync(there), dir.slice(there.length));
    } catch {
      if (dirname(there) === there) return dir;
    }
  }
}

function readMounts(): string {
  try {
    return readFileSync("/proc/mounts", "utf8");
  } catch {
    return "";
  }
}
