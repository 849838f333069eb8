/** What this process knows of itself and may not record: environment, files of secrets, home directory, user, host (PRV-110). */
import { readFileSync, realpathSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { knowledge } from "../guard/knowledge.js";
import { compileKnown, type Known } from "../guard/known.js";
import type { Config, Home } from "./home.js";
import { systemHome } from "./user.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the guard must not let through besides its rules; undefined where that is nothing. The configuration of `home` names
 * files of secrets. A file or a configuration that cannot be read says nothing; the doctor tells of the latter.
 */
export function knownTo(env: Environment, home?: Home): Known | undefined {
  const knows = knowledge();
  if (!knows) return undefined;
  const host = hostname();
  return compileKnown(knows, {
    variables: Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    values: ((home && configOf(home).secretFiles) ?? []).flatMap(valuesOf),
    homes: distinct(systemHome(), realPath(systemHome()), env.HOME, env.USERPROFILE),
    users: distinct(env.USER, env.LOGNAME, env.USERNAME, userName()),
    hosts: distinct(host, host.split(".")[0], env.HOSTNAME, env.COMPUTERNAME),
  });
}

function configOf(home: Home): Config {
  try {
    return home.config();
  } catch {
    return {};
  }
}

/** The values of a file of lines NAME=VALUE, such as a .env: without `export`, quotes, and lines that begin with "#". */
function valuesOf(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const equals = line.indexOf("=");
    if (equals < 0 || line.trimStart().startsWith("#")) return [];
    const value = line.slice(equals + 1).trim();
    const quote = value.charAt(0);
    const isQuoted = value.length > 1 && (quote === '"' || quote === "'" || quote === "`") && value.endsWith(quote);
    return [isQuoted ? value.slice(1, -1) : value];
  });
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // The user has no entry in the system's list, as in some containers.
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function distinct(...texts: (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined && text !== ""))] as string[];
}
