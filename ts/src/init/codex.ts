/** Codex: the server in config.toml, and the hooks in hooks.json. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { InitClient, InitPart } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { commandHooks, toolHooks } from "../integrations/codex/hooks.js";
import { batonError } from "../record/error.js";
import { addElement, type JsonText, removeAt, replaceAt } from "./json-edit.js";
import { isObject, jsonValue, parseJson } from "./json-tree.js";
import { shellWord } from "./launcher.js";
import type { Part } from "./part.js";
import { addTomlServer, removeTomlServer, tomlServerCommand } from "./toml.js";

/** What Codex is told. */
export interface CodexInit {
  readonly state: string;
  /** Path of the launcher. */
  readonly launcher: string;
  /** How hooks run; undefined leaves them as they are, and is `command` where there are none. */
  readonly form?: HookForm | undefined;
  /** The platform, as process.platform names it. */
  readonly platform: string;
}

/** `command`: a process for each event. `tool`: a call of the MCP server that runs already. */
export type HookForm = "command" | "tool";

/** The command of the hooks, for the shell that Codex starts them with. It is constant: the trust of the user hangs on it. */
export function hookCommand({ launcher, platform }: CodexInit): string {
  return `${platform === "win32" ? `"${launcher}"` : shellWord(launcher)} hook codex`;
}

/** The table `[mcp_servers.baton]`. Codex gives a server little more than HOME and PATH, so it carries the state directory. */
export function codexConfigPart({ state, launcher }: CodexInit, path: string): Part {
  return {
    client: InitClient.CODEX,
    part: InitPart.CODEX_CONFIG,
    path,
    mode: 0o600,
    put(text = "") {
      const command = tomlServerCommand(text, path);
      if (command === launcher) return text;
      if (command !== undefined) throw batonError(errors.CLIENT_TAKEN, { place: `${path}: mcp_servers.baton` });
      return addTomlServer(text, { command: launcher, args: ["mcp"], env: { BATON_HOME: state } }, path);
    },
    strip(text, original) {
      if (tomlServerCommand(text, path) !== launcher) return text;
      const left = removeTomlServer(text, path);
      return original === undefined && left.trim() === "" ? undefined : left;
    },
  };
}

/** What others may have written in hooks.json: nothing is sure of it. */
interface Handler {
  readonly type?: unknown;
  readonly command?: unknown;
  readonly server?: unknown;
}
type Groups = Readonly<Record<string, readonly unknown[]>>;

/** The groups of hooks, behind those of others: Codex ties the trust in a hook to its place in the list. */
export function codexHooksPart(init: CodexInit, path: string): Part {
  const command = hookCommand(init);
  const isOwn = ({ type, ...handler }: Handler): boolean =>
    type === "mcp_tool" ? handler.server === server : type === "command" && handler.command === command;
  const isOwnGroup = (group: unknown): boolean => handlersOf(group).length > 0 && handlersOf(group).every(isOwn);
  const edit = (text: string): JsonText => ({ text, dialect: "json", path });
  const read = (text: string): { hooks?: Groups } => {
    const value = jsonValue(parseJson(text, "json", path)) ?? {};
    const hooks = isObject(value) ? (value.hooks ?? {}) : undefined;
    if (isObject(hooks) && Object.values(hooks).every(Array.isArray)) return value;
    throw batonError(errors.CLIENT_SHAPE, { place: `${path}: hooks` });
  };

  /** Puts our group of one event behind the others, or back in order where it already stands. */
  const putEvent = (text: string, event: string, there: readonly unknown[], group: object | undefined): string => {
    const [at, ...more] = there.flatMap((one, i) => (isOwnGroup(one) ? [i] : []));
    const extra = group === undefined && at !== undefined ? [at, ...more] : more;
    const tidy = extra.reduceRight((left, i) => removeAt(edit(left), ["hooks", event, i]), text);
    if (group === undefined) return tidy;
    if (at === undefined) return addElement(edit(tidy), ["hooks", event], group);
    return isDeepStrictEqual(there[at], group) ? tidy : replaceAt(edit(tidy), ["hooks", event, at], group);
  };

  /** Takes our handlers of one event out, and their groups where nothing else is in them. */
  const stripEvent = (text: string, event: string, there: readonly unknown[]): string =>
    there.reduceRight<string>((left, group, i) => {
      if (isOwnGroup(group)) return removeAt(edit(left), ["hooks", event, i]);
      const own = handlersOf(group).flatMap((handler, at) => (isOwn(handler) ? [at] : []));
      return own.reduceRight((rest, at) => removeAt(edit(rest), ["hooks", event, i, "hooks", at]), left);
    }, text);

  return {
    client: InitClient.CODEX,
    part: InitPart.CODEX_HOOKS,
    path,
    mode: 0o600,
    put(text = "") {
      const hooks = read(text).hooks ?? {};
      const handlers = Object.values(hooks).flat().flatMap(handlersOf);
      if (handlers.some((handler) => !isOwn(handler) && isOtherBaton(handler)))
        throw batonError(errors.CLIENT_TAKEN, { place: `${path}: hooks` });
      const isTool = init.form ? init.form === "tool" : handlers.some((one) => isOwn(one) && one.type === "mcp_tool");
      const wanted = isTool ? toolHooks(server, command) : commandHooks(command);
      const names = [...new Set([...Object.keys(hooks), ...Object.keys(wanted)])];
      return names.reduce((done, event) => putEvent(done, event, hooks[event] ?? [], wanted[event]), text);
    },
    strip(text, original) {
      const before = original === undefined ? {} : read(original);
      let left = text;
      for (const [event, groups] of Object.entries(read(text).hooks ?? {})) {
        const stripped = stripEvent(left, event, groups);
        const isEmptied = stripped !== left && read(stripped).hooks?.[event]?.length === 0;
        left = isEmptied && !before.hooks?.[event] ? removeAt(edit(stripped), ["hooks", event]) : stripped;
      }
      if (left === text) return text;
      if (!before.hooks && isDeepStrictEqual(read(left).hooks, {})) left = removeAt(edit(left), ["hooks"]);
      return original === undefined && isDeepStrictEqual(read(left), {}) ? undefined : left;
    },
  };
}

/** The files of Codex in its home. */
export function codexParts(init: CodexInit, codexHome: string): Part[] {
  return [codexConfigPart(init, join(codexHome, "config.toml")), codexHooksPart(init, join(codexHome, "hooks.json"))];
}

/** Name of the server in config.toml. */
const server = "baton";

function handlersOf(group: unknown): readonly Handler[] {
  return isObject(group) && Array.isArray(group.hooks) ? group.hooks.map((one) => (isObject(one) ? one : {})) : [];
}

/** A hook of Baton that starts another launcher, or was written by hand. */
function isOtherBaton({ command }: Handler): boolean {
  return typeof command === "string" && /\bhook codex$/.test(command);
}
