/** Checks that the model ran with the tool bash: begun before, recorded after (docs/integrations.md, section OpenCode). */
import { resolve } from "node:path";
import { beginCheck, endCheck } from "../../client/checks.js";
import { type Check, checkIn } from "../../client/runners.js";
import { integerAt, textAt, valueAt } from "./fields.js";
import { type Host, remember } from "./host.js";

/** The hooks around a tool. They may throw. */
export interface Checks {
  /** tool.execute.before: keeps what the tree is. */
  before(input: unknown, output: unknown): void;
  /** shell.env: the command starts now; before it, the user may have been asked for leave. */
  starts(input: unknown): void;
  /** tool.execute.after: records how the command ended. */
  after(input: unknown, output: unknown): Promise<void>;
}

/** The checks of a host. */
export function createChecks(host: Host): Checks {
  /** Moments on the monotonic clock at which commands began, by call. */
  const began = new Map<string, number>();

  /** The check that the arguments of bash ask for, with the directory that it runs in. */
  function checkOf(session: string, args: unknown): { readonly check: Check; readonly dir: string } | undefined {
    const command = valueAt(args, "command");
    if (typeof command !== "string") return undefined;
    const check = checkIn(command, host.client(session).home.config().checks);
    if (check === undefined) return undefined;
    const workdir = valueAt(args, "workdir");
    const dir = resolve(host.dir, typeof workdir === "string" ? workdir : "", check.dir ?? "");
    return { check, dir };
  }

  return {
    before(input, output) {
      const call = callOf(input);
      if (call === undefined || textAt(input, "tool") !== "bash") return;
      const found = checkOf(call.session, valueAt(output, "args"));
      if (found === undefined) return;
      beginCheck(host.client(call.session, found.dir), call.key);
      remember(began, call.key, performance.now());
    },
    starts(input) {
      const key = callOf(input)?.key;
      if (key !== undefined && began.has(key)) began.set(key, performance.now());
    },
    async after(input, output) {
      const ended = performance.now();
      const call = callOf(input);
      if (call === undefined || textAt(input, "tool") !== "bash") return;
      const start = began.get(call.key);
      began.delete(call.key);
      const found = checkOf(call.session, valueAt(input, "args"));
      if (found === undefined) return;
      await endCheck(host.client(call.session, found.dir), {
        check: found.check,
        call: call.key,
        exitCode: integerAt(output, "metadata", "exit"),
        durationMs: start === undefined ? undefined : ended - start,
        source: "plugin",
      });
    },
  };
}

/** A call of a tool; its own id is one of the provider's, which others use again in other sessions. */
function callOf(input: unknown): { readonly session: string; readonly key: string } | undefined {
  const session = textAt(input, "sessionID");
  const call = textAt(input, "callID");
  return session === undefined || call === undefined ? undefined : { session, key: `${session} ${call}` };
}
