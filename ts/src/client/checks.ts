/**
 * Checks that a client ran by itself: what stood before is kept until the end is known, and the end becomes a Validation
 * (docs/proof.md, section 7).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shapeCommand } from "../guard/shape.js";
import { digest } from "../home/home.js";
import type { Client } from "./client.js";
import type { Check } from "./runners.js";

/** How a check ended, as the client tells it. */
export interface EndedCheck {
  /** The command; only its safe shape and a digest are stored. */
  readonly check: Check;
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

/** Keeps what the tree was when a check began. Throws what `Client.naming` throws. */
export function beginCheck(client: Client, call: string): void {
  const { treeDigest } = client.git({ digest: true });
  const file = pendingFile(client, call);
  const folder = join(client.home.dir, "pending");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  forget(folder);
  writeFileSync(file, `${JSON.stringify({ treeDigest })}\n`, { mode: 0o600 });
}

/** Whether a check of this call has begun and not ended. */
export function isPending(client: Client, call: string): boolean {
  return statSync(pendingFile(client, call), { throwIfNoEntry: false }) !== undefined;
}

/**
 * Records how a check ended. The tree counts as proven only where it is the same as when the check began. Gives whether
 * it was recorded: not outside a repository. Throws what `Client.record` throws.
 */
export async function endCheck(client: Client, ended: EndedCheck): Promise<boolean> {
  const before = takePending(client, ended.call);
  const git = client.git({ digest: true });
  const { key } = client.naming();
  if (git.workspace === undefined) return false;
  const { exitCode, durationMs, source, check } = ended;
  const validation = {
    ...(git.worktree === undefined ? {} : { worktree: git.worktree }),
    command: shapeCommand([check.line]),
    ...(key === undefined ? {} : { argvDigest: digest(key, "argv", check.words.join("\0")) }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(durationMs === undefined ? {} : { durationMs: Math.max(0, Math.round(durationMs)) }),
    ...(git.commit === undefined ? {} : { commit: git.commit }),
    source,
    ...(git.changedFiles === undefined ? {} : { dirty: git.changedFiles > 0 }),
    ...(git.treeDigest === undefined || git.treeDigest !== before ? {} : { treeDigest: git.treeDigest }),
  };
  await client.record((baton) => baton.record("validation", validation, client.envelope()));
  return true;
}

/** Tree digest of the beginning of a check, which is over now. */
function takePending(client: Client, call: string): string | undefined {
  const file = pendingFile(client, call);
  try {
    const { treeDigest } = JSON.parse(readFileSync(file, "utf8")) as { treeDigest?: unknown };
    return typeof treeDigest === "string" ? treeDigest : undefined;
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}

function pendingFile(client: Client, call: string): string {
  const { key } = client.naming();
  return join(client.home.dir, "pending", key === undefined ? "none" : digest(key, "call", call));
}

function forget(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > forgottenAfter) rmSync(file, { force: true });
  }
}
