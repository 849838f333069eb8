/** OpenCode: the server in opencode.json or opencode.jsonc, and the plugin. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InitClient, InitPart } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { stubLock } from "../integrations/opencode/packages.js";
import { batonError } from "../record/error.js";
import { addProperty, type JsonText, removeAt, replaceAt } from "./json-edit.js";
import { jsonValue, parseJson } from "./json-tree.js";
import { type Part, wholeFile } from "./part.js";

/** What OpenCode is told. */
export interface OpencodeInit {
  readonly state: string;
  /** Path of the launcher. */
  readonly launcher: string;
}

interface OpencodeConfig {
  readonly $schema?: unknown;
  readonly mcp?: { readonly baton?: { readonly command?: unknown } };
}

const schema = "https://opencode.ai/config.json";

/** The file of the user's configuration: OpenCode reads both names, the second one last. */
export function opencodeConfigPath(folder: string): string {
  const [json, jsonc] = ["opencode.json", "opencode.jsonc"].map((name) => join(folder, name)) as [string, string];
  return existsSync(jsonc) ? jsonc : json;
}

/** The entry `mcp.baton` of a configuration file. */
export function opencodeConfigPart({ state, launcher }: OpencodeInit, path: string): Part {
  const document = (text: string): JsonText => ({ text, dialect: "jsonc", path });
  const command = [launcher, "mcp"];
  const read = (text: string): OpencodeConfig => (jsonValue(parseJson(text, "jsonc", path)) ?? {}) as OpencodeConfig;
  const isOwn = (entry: unknown): boolean => Array.isArray(entry) && entry[0] === launcher;
  return {
    client: InitClient.OPENCODE,
    part: InitPart.OPENCODE_CONFIG,
    path,
    mode: 0o600,
    put(text) {
      const old = text ?? addProperty(document(""), [], "$schema", schema);
      const entry = read(old).mcp?.baton;
      const value = { type: "local", command, enabled: true, environment: { BATON_HOME: state } };
      if (entry === undefined) return addProperty(document(old), ["mcp"], "baton", value);
      if (!isOwn(entry.command)) throw batonError(errors.CLIENT_TAKEN, { place: `${path}: mcp.baton` });
      return isDeepStrictEqual(entry.command, command)
        ? old
        : replaceAt(document(old), ["mcp", "baton", "command"], command);
    },
    strip(text, original) {
      if (!isOwn(read(text).mcp?.baton?.command)) return text;
      let left = removeAt(document(text), ["mcp", "baton"]);
      const before = original === undefined ? {} : read(original);
      if (before.mcp === undefined && isDeepStrictEqual(read(left).mcp, {})) left = removeAt(document(left), ["mcp"]);
      const { $schema: _, ...settings } = read(left);
      return original === undefined && isDeepStrictEqual(settings, {}) ? undefined : left;
    },
  };
}

/** The plugin; `content` is that of dist/opencode.js. */
export function opencodePluginPart(path: string, content: string): Part {
  return wholeFile({ client: InitClient.OPENCODE, part: InitPart.OPENCODE_PLUGIN, path, mode: 0o644 }, content, {
    isOwn: (text) => text !== "" && text === content,
    taken: () => batonError(errors.CLIENT_TAKEN, { place: path }),
  });
}

/** What spares OpenCode the installation of packages that the plugin does not need: a lock, and an empty `node_modules`. */
export function opencodeLockPart(path: string): Part {
  const folder = join(dirname(path), "node_modules");
  const place = { client: InitClient.OPENCODE, part: InitPart.OPENCODE_LOCK, path, mode: 0o644, folder };
  return wholeFile(place, stubLock, {
    isOwn: (text) => text === stubLock,
    taken: () => batonError(errors.CLIENT_TAKEN, { place: path }),
  });
}
