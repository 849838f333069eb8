/** What every command starts from: a client in the current directory, and the options that all commands share. */
import type { Command } from "commander";
import { type Client, openClient } from "../client/client.js";
import { canonical } from "./json.js";
import { print, tell } from "./output.js";

/** Ends the program with a status that is not an error: 1 problems found, 3 finished with loss. */
export class ExitStatus {
  constructor(readonly status: number) {}
}

/** Options that every command takes. */
export interface SharedOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly workspace?: string;
}

/** A command's surroundings. */
export interface Context extends Client {
  readonly json: boolean;
  /** Tells people something, unless --quiet. */
  say(line: string): void;
}

/** Adds the options that every command takes. */
export function shared(command: Command): Command {
  return command
    .option("--home <dir>", "state directory (else BATON_HOME, else the platform's)")
    .option("--json", "print one JSON document")
    .option("--quiet", "print data and errors alone");
}

/** The context of one run of a command; one that writes makes the state directory where it is missing. */
export function contextOf(options: SharedOptions, { writes } = { writes: false }): Context {
  const { home, workspace } = options;
  return {
    ...openClient({ name: "cli", dir: process.cwd(), env: process.env, home, workspace, writes }),
    json: options.json === true,
    say: (line) => {
      if (options.quiet !== true) tell(line);
    },
  };
}

/** Prints the id of what was recorded: alone, or as `{"id":"…"}` under --json. */
export function printId(context: Context, id: string): void {
  print(context.json ? `${canonical({ id })}\n` : `${id}\n`);
}
