/** What OpenCode's own configuration says of models and where they are asked for; nothing else of it is read. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type ParseError, parse } from "jsonc-parser";
import { configFactTable } from "../gen/tables.js";
import { textAllowed } from "../git/fact.js";
import type { Environment } from "../git/run.js";
import { alias } from "../home/home.js";
import { userHome } from "../home/user.js";

/** A setting as records have it (baton.state.v1.ConfigFact). */
export interface OpenCodeFact {
  readonly subject: "opencode";
  readonly name: "provider" | "base_host" | "default_model" | "small_model";
  readonly value: string;
}

/** Files of the user's configuration; what a later one says holds. */
const files = ["config.json", "opencode.json", "opencode.jsonc"] as const;

/**
 * The facts of the configuration in `$XDG_CONFIG_HOME/opencode`, else `~/.config/opencode`: model, small model, the
 * provider of the model, and the host of its base URL: with its port on loopback, else an alias under `key`. What its
 * text class refuses is left out, and so is a file that cannot be read or is no JSON with comments. Never throws.
 */
export function openCodeFacts(env: Environment, key: Uint8Array): OpenCodeFact[] {
  const settings = files.map((file) => readSettings(join(configFolder(env), file)));
  const last = <T>(pick: (setting: Settings) => T | undefined): T | undefined => settings.map(pick).findLast(isPresent);
  const model = last((setting) => textIn(setting.model));
  const providers = [...new Set(settings.flatMap((setting) => Object.keys(objectIn(setting.provider))))];
  const provider = model?.includes("/") ? model.split("/")[0] : providers.length === 1 ? providers[0] : undefined;
  const baseUrl = last((setting) =>
    provider === undefined
      ? undefined
      : textIn(objectIn(objectIn(objectIn(setting.provider)[provider]).options).baseURL),
  );
  const told: [OpenCodeFact["name"], string | undefined][] = [
    ["provider", provider],
    ["base_host", hostOf(baseUrl, key)],
    ["default_model", model],
    ["small_model", last((setting) => textIn(setting.small_model))],
  ];
  return told.flatMap(([name, value]) =>
    value !== undefined && textAllowed(configFactTable, "value", value) ? [{ subject: "opencode", name, value }] : [],
  );
}

type Settings = Readonly<Record<string, unknown>>;

function configFolder(env: Environment): string {
  const named = env.XDG_CONFIG_HOME ?? "";
  const home = userHome(env);
  return join(isAbsolute(named) ? named : join(home, ".config"), "opencode");
}

function readSettings(file: string): Settings {
  try {
    const problems: ParseError[] = [];
    const value: unknown = parse(readFileSync(file, "utf8"), problems, { allowTrailingComma: true });
    return problems.length > 0 ? {} : objectIn(value);
  } catch {
    return {};
  }
}

/** The host of a URL: `127.0.0.1:3000` on loopback, else an alias that tells equal ones from others. */
function hostOf(url: string | undefined, key: Uint8Array): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  if (hostname === "") return undefined;
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (!isLoopback) return alias(key, "host", "h-", hostname);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

function objectIn(value: unknown): Settings {
  return typeof value === "object" && value !== null ? (value as Settings) : {};
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
