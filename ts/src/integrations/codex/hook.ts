/**
 * What Baton does at the events of a Codex session (docs/proof.md, section 7; docs/integrations.md). The hook command and
 * the tool `hook_event` of the MCP server share it.
 */
import { resolve } from "node:path";
import { briefHere } from "../../client/brief.js";
import { anyBegunCheck, beginCheck, begunCheck, endCheck } from "../../client/checks.js";
import { type Client, openClient } from "../../client/client.js";
import { observe } from "../../client/observe.js";
import { type Check, checkIn } from "../../client/runners.js";
import { saveSnapshot } from "../../client/snapshot.js";
import type { ClientName } from "../../gen/inits.js";
import { isSameRepository } from "../../git/directory.js";
import type { Environment } from "../../git/run.js";
import type { Baton } from "../../index.js";
import { BatonError } from "../../record/error.js";
import { type EndedCommand, endedCommands } from "./commands.js";
import type { HookEvent } from "./event.js";
import { recordModels } from "./models.js";
import { type Rollout, readRollout, sizeOf } from "./rollout.js";

/** Who hands the events on. */
export interface HookHost {
  /** The program that records. */
  readonly name: ClientName;
  /** Where the session stands: the directory that Codex starts hooks and servers in. Git is asked here alone. */
  readonly dir: string;
  readonly env: Environment;
  /** Value of --home. */
  readonly home?: string | undefined;
  /** The recorder, which the host closes. */
  readonly baton: Baton;
  /** Whether a model may be the one who tells: then the session's own rollout has to say which command ran, and where. */
  readonly isHearsay: boolean;
}

/** The rollout of an event, read when it is first asked for, and once. */
type RolloutOnce = () => Rollout | undefined;

/** Milliseconds that git gets where BATON_GIT_MS says nothing: a session waits for its hooks. */
const gitBudgetMs = "700";

/**
 * Does what an event asks for, and gives what Codex is to take as the output of the hook: the brief at SessionStart, else
 * nothing. Never throws: what went wrong is counted as dropped.
 */
export async function handleHook(event: HookEvent, host: HookHost): Promise<string> {
  let output = event.name === "SessionStart" ? contextOf("Baton brief: not available.\n") : "";
  try {
    const client = clientOf(event, host);
    if (event.name === "SessionStart") output = await startSession(client, event, host);
    else await follow(client, event, host);
  } catch (error) {
    host.baton.safe.drop(error);
    if (output !== "" && error instanceof BatonError)
      output = contextOf(`Baton brief: not available, error[${error.code}].\n`);
  }
  return output;
}

function clientOf({ session }: HookEvent, { name, dir, env, home, baton }: HookHost): Client {
  const hurried = { ...env, BATON_GIT_MS: env.BATON_GIT_MS ?? gitBudgetMs };
  return openClient({ name, dir, env: hurried, home, session, writes: true, baton, durability: "written" });
}

/** The output of a SessionStart hook: a key more, and Codex drops all of it. */
function contextOf(additionalContext: string): string {
  return JSON.stringify({ hookSpecificOutput: { hookEventName: "SessionStart", additionalContext } });
}

/** The brief tells what was before, so it is made first. How a session ended that is resumed was before as well. */
async function startSession(client: Client, event: HookEvent, host: HookHost): Promise<string> {
  const isCompact = event.source === "compact";
  if (event.source === "resume") await attempt(host, () => recordModels(client, rolloutOf(event, host)(), false));
  const { brief, state } = briefHere(client, {
    reason: isCompact ? "compact" : "startup",
    workspace: client.repository(),
  });
  await attempt(host, async () => {
    await mark(client, event, isCompact ? "compact" : "start");
    await observe(client, { state });
    await saveSnapshot(client.home, state);
  });
  return contextOf(brief.text);
}

/** Does what the brief can do without. */
async function attempt({ baton }: HookHost, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    baton.safe.drop(error);
  }
}

async function follow(client: Client, event: HookEvent, host: HookHost): Promise<void> {
  const rollout = rolloutOf(event, host);
  switch (event.name) {
    case "PreToolUse":
      return begin(client, event, host);
    case "PostToolUse":
      await end(client, event, host, rollout);
      return sweep(client, event, host, rollout);
    case "Stop":
      await sweep(client, event, host, rollout);
      return look(client, rollout());
    case "SessionEnd":
      await sweep(client, event, host, rollout);
      await mark(client, event, "end");
      return recordModels(client, rollout(), false);
    default:
      await sweep(client, event, host, rollout);
      return recordModels(client, rollout(), false);
  }
}

/** What is so at the end of a turn: where the session stands, and that its model answers. */
async function look(client: Client, rollout: Rollout | undefined): Promise<void> {
  const state = client.state();
  await observe(client, { state });
  await recordModels(client, rollout, true, state);
}

/** Of a model that tells, the rollout has to be this session's. */
function rolloutOf({ transcript, session }: HookEvent, { isHearsay }: HookHost): RolloutOnce {
  let read: { readonly rollout: Rollout | undefined } | undefined;
  return () => {
    read ??= { rollout: readRollout(transcript, isHearsay ? session : undefined) };
    return read.rollout;
  };
}

async function mark(client: Client, { session }: HookEvent, phase: "start" | "compact" | "end"): Promise<void> {
  if (session === undefined || client.repository() === undefined) return;
  await client.record((baton) => baton.record("sessionMark", { phase }, client.envelope()));
}

async function begin(client: Client, event: HookEvent, host: HookHost): Promise<void> {
  const check = checkOf(client, event.command, event.dir, host);
  if (check === undefined || event.call === undefined) return;
  beginCheck(client, callOf(event, event.call), { check, logBytes: sizeOf(event.transcript) });
}

/** A check that ended. Without a match in the rollout nobody vouches for it, and how it ended is not known. */
async function end(client: Client, event: HookEvent, host: HookHost, rollout: RolloutOnce): Promise<void> {
  const { call, command, dir } = event;
  const check = checkOf(client, command, dir, host);
  if (check === undefined || call === undefined) return;
  const id = callOf(event, call);
  const from = begunCheck(client, id)?.logBytes ?? 0;
  const found = endedCommands(rollout()).findLast((ended) => ended.id === call && ended.at >= from);
  const isBorneOut = !host.isHearsay || checkOf(client, found?.line, found?.dir, host)?.line === check.line;
  const match = isBorneOut ? found : undefined;
  await endCheck(client, { call: id, check, source: match === undefined ? "reported" : "hook", ...outcomeOf(match) });
}

/** Ends the checks that ran on while Codex looked away, and ended since. */
async function sweep(client: Client, event: HookEvent, host: HookHost, rollout: RolloutOnce): Promise<void> {
  if (!anyBegunCheck(client)) return;
  for (const ended of endedCommands(rollout())) {
    const id = callOf(event, ended.id);
    const begun = begunCheck(client, id);
    if (begun === undefined || ended.at < (begun.logBytes ?? 0)) continue;
    const ran = host.isHearsay ? checkOf(client, ended.line, ended.dir, host) : undefined;
    if (host.isHearsay && ran === undefined) continue;
    await endCheck(client, { call: id, check: ran, source: "hook", ...outcomeOf(ended) });
  }
}

function outcomeOf(ended: EndedCommand | undefined): {
  exitCode?: number | undefined;
  durationMs?: number | undefined;
} {
  return { exitCode: ended?.exitCode, durationMs: ended?.durationMs };
}

/** Calls are told apart within a session only. */
function callOf({ session }: HookEvent, call: string): string {
  return `${session ?? ""} ${call}`;
}

/**
 * The check in a command, where it runs in the repository of the session. *A folder that a model chose may be
 * a repository that a model made: hooks run outside of the sandbox of commands, and git may run what a repository names.*
 */
function checkOf(
  client: Client,
  command: string | undefined,
  dir: string | undefined,
  host: HookHost,
): Check | undefined {
  if (command === undefined || dir === undefined) return undefined;
  const check = checkIn(command) ?? checkIn(command, listedChecks(client));
  return check !== undefined && isSameRepository(resolve(dir, check.dir ?? ""), host.dir) ? check : undefined;
}

/** What the settings list; settings that cannot be read list nothing, for most commands are no checks. */
function listedChecks(client: Client): readonly string[] {
  try {
    return client.home.config().checks ?? [];
  } catch {
    return [];
  }
}
