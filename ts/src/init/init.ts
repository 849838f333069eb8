/** `baton init`: what it is asked for, turned into a plan, and the plan into a report. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { create } from "@bufbuild/protobuf";
import {
  InitAction,
  InitChangeSchema,
  InitClient,
  InitPart,
  type InitReport,
  InitReportSchema,
} from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { pluginName, stubObstacle, wouldInstall } from "../integrations/opencode/packages.js";
import { batonError } from "../record/error.js";
import { applyPlan } from "./apply.js";
import { codexConfigPart, codexHooksPart, type HookForm } from "./codex.js";
import { unifiedDiff } from "./diff.js";
import { type FindInit, findCodex, findOpencode } from "./find.js";
import { type LauncherInit, launcherParts, launcherPath } from "./launcher.js";
import { type InitFile, type InitLedger, readLedger } from "./ledger.js";
import { opencodeConfigPart, opencodeConfigPath, opencodeLockPart, opencodePluginPart } from "./opencode.js";
import type { Part } from "./part.js";
import { type Change, type Plan, planInstall, planRemove } from "./plan.js";
import { proxyModulePath, proxyPart } from "./proxy.js";
import { decodeText } from "./text.js";

/** What the user asks for. Without a name all clients that are found are meant. */
export interface InitOptions {
  readonly codex?: boolean | undefined;
  readonly opencode?: boolean | undefined;
  /** A checkout of opencode-proxy. */
  readonly proxy?: string | undefined;
  /** How the hooks of Codex run; what is there stays where it is undefined. */
  readonly hooks?: HookForm | undefined;
  readonly remove?: boolean | undefined;
}

/** Where init works. */
export interface InitPlace extends FindInit {
  /** The state directory. */
  readonly state: string;
  /** Path of the Node that clients shall start. */
  readonly node: string;
  /** The folder with cli.js, opencode.js and proxy.js. */
  readonly dist: string;
}

/** What is going to be done. */
export interface Intent {
  readonly report: InitReport;
  /** Does it. Throws as `applyPlan`. */
  apply(): Promise<void>;
}

/**
 * Looks at everything and decides; writes nothing. Throws CLIENT_NONE where nothing is found or named, INIT_LEDGER, and
 * what `planInstall` and `planRemove` throw.
 */
export function planInit(options: InitOptions, place: InitPlace): Intent {
  const ledger = readLedger(place.state);
  const notes: string[] = [];
  const parts = options.remove ? partsToRemove(options, place, ledger) : partsToInstall(options, place, notes);
  const plan = (options.remove ? planRemove : planInstall)(parts, ledger, place.state);
  const report = create(InitReportSchema, {
    changes: plan.changes.filter(({ before, after }) => before ?? after).map(reportOf),
    written: false,
    notes: [...notes, ...notesOf(plan)],
    next: nextOf(plan, options),
  });
  return { report, apply: () => applyPlan(plan) };
}

/** Which clients are meant. */
function chosen({ codex, opencode, proxy }: InitOptions, place: InitPlace): { codex: boolean; opencode: boolean } {
  const isNamed = codex || opencode || proxy !== undefined;
  return {
    codex: isNamed ? codex === true : findCodex(place).isHere,
    opencode: isNamed ? opencode === true : findOpencode(place).isHere,
  };
}

function partsToInstall(options: InitOptions, place: InitPlace, notes: string[]): Part[] {
  const { codex, opencode } = chosen(options, place);
  if (!codex && !opencode && options.proxy === undefined) throw batonError(errors.CLIENT_NONE);
  const parts = launcherParts(launcherInit(place));
  if (codex) parts.push(...codexParts(options, place));
  if (opencode) parts.push(...opencodeParts(options, place, notes));
  if (options.proxy !== undefined) {
    const module = join(place.dist, "proxy.js");
    if (!options.remove && !existsSync(module))
      throw batonError(errors.INSTALLATION, { place: "dist/proxy.js is missing" });
    parts.push(proxyPart(proxyModulePath(resolve(options.proxy)), module));
  }
  return parts;
}

function launcherInit({ state, node, dist, env, platform }: InitPlace): LauncherInit {
  return { state, node, cli: join(dist, "cli.js"), allowsRemote: env.BATON_ALLOW_REMOTE === "1", platform };
}

function codexParts({ hooks: form }: InitOptions, place: InitPlace): Part[] {
  const { folder } = findCodex(place);
  const codex = { ...clientInit(place), platform: place.platform, form };
  return [codexConfigPart(codex, join(folder, "config.toml")), codexHooksPart(codex, join(folder, "hooks.json"))];
}

function opencodeParts({ remove }: InitOptions, place: InitPlace, notes: string[]): Part[] {
  const { folder } = findOpencode(place);
  const config = opencodeConfigPart(clientInit(place), opencodeConfigPath(folder));
  const [plugin, lock] = [join(folder, "plugin", pluginName), join(folder, "package-lock.json")];
  const source = join(place.dist, "opencode.js");
  const content = existsSync(source) ? readFileSync(source, "utf8") : undefined;
  if (remove) return [config, opencodePluginPart(plugin, content ?? ""), opencodeLockPart(lock)];
  if (content === undefined) {
    notes.push("OpenCode: dist/opencode.js is missing from this build, so the plugin is not put in");
    return [config];
  }
  const parts = [config, opencodePluginPart(plugin, content)];
  const obstacle = stubObstacle(folder);
  if (obstacle === undefined) parts.push(opencodeLockPart(lock));
  else if (wouldInstall(folder))
    notes.push(
      `OpenCode: will install packages at its next start, because of ${obstacle}; over a minute where npm cannot be reached`,
    );
  return parts;
}

function clientInit({ state, platform }: InitPlace): { state: string; launcher: string } {
  return { state, launcher: launcherPath(state, platform) };
}

/** What init has written before, wherever that is, and what lies where it would write now. */
function partsToRemove(options: InitOptions, place: InitPlace, ledger: InitLedger): Part[] {
  const isNamed = options.codex || options.opencode || options.proxy !== undefined;
  const isMeant = ({ client }: InitFile): boolean =>
    !isNamed ||
    client === InitClient.BATON ||
    (client === InitClient.CODEX && options.codex === true) ||
    (client === InitClient.OPENCODE && options.opencode === true) ||
    (client === InitClient.PROXY && options.proxy !== undefined);
  const known = ledger.files.filter(isMeant).map((file) => partOf(file, place));
  const here = { ...options, ...(isNamed ? {} : { codex: true, opencode: true }), proxy: options.proxy };
  const unknown = partsToInstall(here, place, []).filter((part) => !known.some(({ path }) => path === part.path));
  return [...known, ...unknown];
}

/** The part of an entry of the ledger. */
function partOf({ part, path = "" }: InitFile, place: InitPlace): Part {
  const client = clientInit(place);
  switch (part) {
    case InitPart.CODEX_CONFIG:
      return codexConfigPart({ ...client, platform: place.platform }, path);
    case InitPart.CODEX_HOOKS:
      return codexHooksPart({ ...client, platform: place.platform }, path);
    case InitPart.OPENCODE_CONFIG:
      return opencodeConfigPart(client, path);
    case InitPart.OPENCODE_PLUGIN:
      return opencodePluginPart(path, "");
    case InitPart.OPENCODE_LOCK:
      return opencodeLockPart(path);
    case InitPart.PROXY_MODULE:
      return proxyPart(path, join(place.dist, "proxy.js"));
    default: {
      const own = launcherParts(launcherInit(place)).find((candidate) => candidate.part === part);
      if (!own) throw batonError(errors.INIT_LEDGER);
      return own;
    }
  }
}

function reportOf({ part, action, before, after }: Change): InitReport["changes"][number] {
  const [old, now] = [before, after].map((bytes) => bytes && decodeText(bytes, part.path).text);
  const isChanged = action !== InitAction.NONE && action !== InitAction.KEEP;
  return create(InitChangeSchema, {
    client: part.client,
    part: part.part,
    path: part.path,
    action,
    ...(isChanged ? { diff: unifiedDiff(part.path, old, now) } : {}),
  });
}

function notesOf({ changes }: Plan): string[] {
  return changes.flatMap(({ part: { part, path }, action }) => {
    if (action === InitAction.KEEP) return [`${path}: edited since init, so it stays; delete or restore it yourself`];
    if (action !== InitAction.STRIP) return [];
    const moved =
      part === InitPart.CODEX_HOOKS ? "; hooks that stood behind Baton's move up and may ask for trust again" : "";
    return [`${path}: edited since init, so only Baton's entries are taken out${moved}`];
  });
}

function nextOf({ changes }: Plan, { remove }: InitOptions): string[] {
  const isChanged = (wanted: (change: Change) => boolean): boolean =>
    changes.some((change) => change.action !== InitAction.NONE && wanted(change));
  const next: string[] = [];
  if (!remove && isChanged(({ part }) => part.part === InitPart.CODEX_HOOKS))
    next.push("Codex: type /hooks in it and trust Baton's hooks; until then it skips them without a word");
  if (isChanged(({ part }) => part.client === InitClient.CODEX))
    next.push("Codex: restart the sessions that are running");
  if (isChanged(({ part }) => part.client === InitClient.OPENCODE))
    next.push("OpenCode: restart the sessions that are running");
  if (isChanged(({ part }) => part.client === InitClient.PROXY)) next.push("opencode-proxy: restart it");
  return next;
}
