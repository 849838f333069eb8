/**
 * Checks that a client ran by itself: what stood before is kept until the end is known, and the end becomes a Validation
 * (docs/proof.md, section 7).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errors } from "../gen/tables.js";
import { shapeCommand } from "../guard/shape.js";
import { digest } from "../home/home.js";
import { codeOf, homeError } from "../segment/system.js";
import type { Client } from "./client.js";
import type { Check } from "./runners.js";
import { shownRecords } from "./state.js";

/** What is kept of a check while it runs, and nothing else of it. */
export interface BegunCheck {
  /** Safe shape of the command. */
  readonly command?: string | undefined;
  /** Digest of its words. */
  readonly argvDigest?: string | undefined;
  /** Digest of the tree that it began in. */
  readonly treeDigest?: string | undefined;
  /** Bytes of the client's log at that moment: what stands before them is not of this check. */
  readonly logBytes?: number | undefined;
}

/** How a check ended, as the client tells it. */
export interface EndedCheck {
  /** The command; only its safe shape and a digest are stored. Absent: the one that it began with. */
  readonly check?: Check | undefined;
  /** Id that the client gave to the call; only a digest is stored, until the end. */
  readonly call: string;
  /** Absent where the client does not tell. */
  readonly exitCode?: number | undefined;
  /** In milliseconds. */
  readonly durationMs?: number | undefined;
  /** Who vouches for it. */
  readonly source: "hook" | "plugin" | "reported";
}

/** Begun checks whose end nobody saw are forgotten after this many milliseconds. */
const forgottenAfter = 86_400_000;

/** While this many are begun, no further one is kept. */
export const mostBegun = 256;

/**
 * Keeps what the tree was when a check began: not outside a repository, and at most `mostBegun`. `check` is for clients
 * that may tell the end without the command, `logBytes` for those whose log tells it. Throws what `Client.naming` throws.
 */
export function beginCheck(
  client: Client,
  call: string,
  { check, logBytes }: { readonly check?: Check; readonly logBytes?: number | undefined } = {},
): void {
  const { treeDigest } = client.git({ digest: true });
  if (client.repository() === undefined) return;
  const begun: BegunCheck = { ...(check && commandOf(client, check)), treeDigest, logBytes };
  const file = pendingFile(client, call);
  const folder = pendingFolder(client);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (forget(folder) >= mostBegun) return;
  writeFileSync(file, `${JSON.stringify(begun)}\n`, { mode: 0o600 });
}

/** What is kept of a check that has begun and not ended; undefined where there is none. Throws what `Client.naming` throws. */
export function begunCheck(client: Client, call: string): BegunCheck | undefined {
  const file = pendingFile(client, call);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw homeError(error, errors.HOME_UNUSABLE);
  }
  return parseBegun(text);
}

/** Whether any check has begun and not ended, of whichever client. Never throws. */
export function anyBegunCheck(client: Client): boolean {
  try {
    return readdirSync(pendingFolder(client)).length > 0;
  } catch {
    return false;
  }
}

/**
 * Records how a check ended. The tree counts as proven only where it is the same as when the check began and the exit
 * code is known; without one nothing is recorded where something is known of this check. Gives whether it was recorded:
 * not outside a repository. Throws what `Client.record` throws.
 */
export async function endCheck(client: Client, { call, check, ...ended }: EndedCheck): Promise<boolean> {
  const begun = begunCheck(client, call);
  rmSync(pendingFile(client, call), { force: true });
  const { command, argvDigest } = check === undefined ? (begun ?? {}) : commandOf(client, check);
  const git = client.git({ digest: true });
  const workspace = client.repository();
  if (workspace === undefined || command === undefined) return false;
  const { exitCode, durationMs, source } = ended;
  const { worktree, commit, changedFiles, treeDigest } = git;
  const identity = {
    ...(worktree === undefined ? {} : { worktree }),
    command,
    ...(argvDigest === undefined ? {} : { argvDigest }),
  };
  if (exitCode === undefined && isKnown(client, workspace, identity)) return false;
  const isProven = exitCode !== undefined && treeDigest !== undefined && treeDigest === begun?.treeDigest;
  const validation = {
    ...identity,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(durationMs === undefined ? {} : { durationMs: Math.max(0, Math.round(durationMs)) }),
    ...(commit === undefined ? {} : { commit }),
    source,
    ...(changedFiles === undefined ? {} : { dirty: changedFiles > 0 }),
    ...(isProven ? { treeDigest } : {}),
  };
  await client.record((baton) => baton.record("validation", validation, client.envelope()));
  return true;
}

/** The fields of a Validation that tell checks of a worktree apart. */
interface CheckIdentity {
  readonly worktree?: string;
  readonly command?: string;
  readonly argvDigest?: string;
}

/** Whether the state holds an end of this check already. */
function isKnown(client: Client, workspace: string, { worktree, command, argvDigest }: CheckIdentity): boolean {
  return shownRecords(client.state(), "validation", workspace).some(({ validation }) => {
    const known = validation as CheckIdentity;
    return known.worktree === worktree && known.command === command && known.argvDigest === argvDigest;
  });
}

function commandOf(client: Client, check: Check): { command: string; argvDigest?: string } {
  const { key } = client.naming();
  const command = shapeCommand([check.line]);
  return key === undefined ? { command } : { command, argvDigest: digest(key, "argv", check.words.join("\0")) };
}

/** Reads a file of `pending/`; what is not as `beginCheck` wrote it is unknown. */
function parseBegun(text: string): BegunCheck {
  let read: Record<string, unknown>;
  try {
    read = { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
  const textAt = (name: string) => (typeof read[name] === "string" ? read[name] : undefined);
  return {
    command: textAt("command"),
    argvDigest: textAt("argvDigest"),
    treeDigest: textAt("treeDigest"),
    logBytes: typeof read.logBytes === "number" ? read.logBytes : undefined,
  };
}

function pendingFolder(client: Client): string {
  return join(client.home.dir, "pending");
}

function pendingFile(client: Client, call: string): string {
  const { key } = client.naming();
  return join(pendingFolder(client), key === undefined ? "none" : digest(key, "call", call));
}

/** Removes what is too old; gives how many are left. */
function forget(folder: string): number {
  return readdirSync(folder).filter((name) => {
    const file = join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined || Date.now() - stat.mtimeMs <= forgottenAfter) return stat !== undefined;
    rmSync(file, { force: true });
    return false;
  }).length;
}
