/**
 * FOR TESTS ONLY: what users do when they trust hooks in `/hooks` of the Codex TUI. Baton itself never does this, in no
 * program and with no option: trust is theirs to give, and Baton only reads it (`listHooks`).
 */
import { listHooks, startAppServer } from "./app-server.js";
import type { Machine } from "./isolate.js";

/** The argument of `codex exec` that runs hooks without trust. For tests only. */
export const bypassTrust = "--dangerously-bypass-hook-trust";

/** Trusts all hooks of the machine as they are now, in the way the TUI does. For tests only. */
export async function trustHooksAsUser(machine: Machine): Promise<void> {
  const server = await startAppServer(machine);
  try {
    const hooks = await listHooks(server, machine);
    const value = Object.fromEntries(hooks.map(({ key, currentHash }) => [key, { trusted_hash: currentHash }]));
    const edits = [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }];
    await server.call("config/batchWrite", { edits, filePath: null, expectedVersion: null, reloadUserConfig: true });
  } finally {
    await server.stop();
  }
}
