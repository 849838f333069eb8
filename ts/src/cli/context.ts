/** What every command starts from: the home, the clock, the directory, the options that all commands share. */
import type { Command } from "commander";
import { errors } from "../gen/tables.js";
import { type GitFacts, gitFacts } from "../git/facts.js";
import type { Naming } from "../git/workspace.js";
import { alias, type Home, now, openHome } from "../home/home.js";
import { type Baton, openBaton } from "../index.js";
import { batonError } from "../record/error.js";
import { canonical } from "./json.js";
import { print, tell } from "./output.js";
import { readState, type State } from "./state.js";

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

/** A command's surroundings, gathered as they are needed. */
export interface Context {
  readonly home: Home;
  /** Milliseconds since 1970; fixed by BATON_NOW. */
  readonly now: number;
  readonly json: boolean;
  /** Tells people something, unless --quiet. */
  say(line: string): void;
  /** Git facts of the current directory, asked once. `digest` asks for the tree digest too. */
  git(options?: { digest: boolean }): GitFacts;
  /** What names workspaces: install.key, made where `writes`, and the settings. */
  naming(): Naming;
  /** Who claims without --as: an alias of the terminal that this runs in. */
  claimer(): string;
  /** The workspace named with --workspace, else the one of the current directory; BTN-H05 where there is none. */
  workspace(): string;
  /** The folded state. */
  state(): State;
  /** Runs `write` with a durable recorder and closes it; nothing is acknowledged before it is synced. */
  record<T>(write: (baton: Baton) => T | Promise<T>): Promise<T>;
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
  const home = openHome(options.home === undefined ? { env: process.env } : { home: options.home, env: process.env });
  const instant = now(process.env);
  let facts: GitFacts | undefined;
  let digested = false;
  const context: Context = {
    home,
    now: instant,
    json: options.json === true,
    say: (line) => {
      if (options.quiet !== true) tell(line);
    },
    git({ digest } = { digest: false }) {
      if (facts === undefined || (digest && !digested)) {
        facts = gitFacts({ dir: process.cwd(), ...context.naming(), digest });
        digested = digest;
      }
      return facts;
    },
    naming() {
      if (writes) home.create();
      return { key: writes ? home.key() : home.readKey(), config: home.config() };
    },
    claimer() {
      return alias(home.key(), "session", "s-", `terminal ${process.ppid}`);
    },
    workspace() {
      const workspace = options.workspace ?? context.git().workspace;
      if (workspace === undefined) throw batonError(errors.WORKSPACE_UNKNOWN);
      return workspace;
    },
    state: () => readState(home, instant),
    async record(write) {
      const baton = openBaton({ client: "cli", home: home.dir, durability: "durable" });
      try {
        const result = await write(baton);
        await baton.flush();
        return result;
      } finally {
        await baton.close();
      }
    },
  };
  return context;
}

/** Prints the id of what was recorded: alone, or as `{"id":"…"}` under --json. */
export function printId(context: Context, id: string): void {
  print(context.json ? `${canonical({ id })}\n` : `${id}\n`);
}
