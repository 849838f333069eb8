/** Where a client stands: a state directory, a clock, a directory of the user, and who asks. */

import { isUnavailable } from "../brief/git-facts.js";
import type { ClientName } from "../gen/inits.js";
import { errors } from "../gen/tables.js";
import { workspaceOfDirectory } from "../git/directory.js";
import { type GitFacts, gitFacts } from "../git/facts.js";
import type { Environment } from "../git/run.js";
import type { Naming } from "../git/workspace.js";
import { alias, type Home, now, openHome } from "../home/home.js";
import { type Baton, type Durability, openBaton, type RecordOptions } from "../index.js";
import { batonError } from "../record/error.js";
import { readState, type State } from "./state.js";

/** Who asks or records, and from where. */
export interface ClientInit {
  /** The program, as the envelope of its records names it. */
  readonly name: ClientName;
  /** Directory of the user's work: its repository is the workspace. */
  readonly dir: string;
  /** Environment of the program, which BATON_HOME and BATON_NOW are read from and git is run with. */
  readonly env: Environment;
  /** State directory; else the environment's. */
  readonly home?: string | undefined;
  /** Name of the workspace, instead of the directory's. */
  readonly workspace?: string | undefined;
  /** Id of the agent session; only its alias is stored. */
  readonly session?: string | undefined;
  /** Whether the state directory and its key may be made. */
  readonly writes: boolean;
  /** A recorder that stays open, where the program has one; else each `record` opens and closes one. */
  readonly baton?: Baton | undefined;
  /** What `record` waits for: `durable` (the default) the disk, `written` nothing more than the kernel. */
  readonly durability?: Durability | undefined;
}

/** What one question or one record needs, gathered as it is needed. For one moment: long-lived programs make it anew. */
export interface Client {
  readonly home: Home;
  /** Milliseconds since 1970; fixed by BATON_NOW. */
  readonly now: number;
  /** Git facts of the directory, asked once. `digest` asks for the tree digest too. */
  git(options?: { digest: boolean }): GitFacts;
  /** What names workspaces: install.key, made where `writes`, and the settings. */
  naming(): Naming;
  /** Who claims without a name: the alias of the session, else of the terminal that this runs in. */
  claimer(): string;
  /**
   * The workspace that was named, else the one of the directory: as git tells it, or as its files do where git does not
   * answer. Undefined where there is none.
   */
  repository(): string | undefined;
  /** As `repository`; throws WORKSPACE_UNKNOWN where there is none. */
  workspace(): string;
  /** What records of this workspace and session have besides their kind. Throws what `workspace` throws. */
  envelope(): RecordOptions;
  /** The folded state. */
  state(): State;
  /** Runs `write` with the recorder and waits until what it recorded is as safe as that one promises. */
  record<T>(write: (baton: Baton) => T | Promise<T>): Promise<T>;
}

/** A client at this moment. Throws HOME_UNUSABLE where nothing names a state directory, ARGUMENT on a wrong BATON_NOW. */
export function openClient(init: ClientInit): Client {
  const { dir, env } = init;
  const home = openHome({ home: init.home, env });
  const instant = now(env);
  let facts: GitFacts | undefined;
  let digested = false;
  const client: Client = {
    home,
    now: instant,
    git({ digest } = { digest: false }) {
      if (facts === undefined || (digest && !digested)) {
        facts = gitFacts({ dir, env, ...client.naming(), digest });
        digested = digest;
      }
      return facts;
    },
    naming() {
      if (init.writes) home.create();
      return { key: init.writes ? home.key() : home.readKey(), config: home.config() };
    },
    claimer() {
      return alias(home.key(), "session", "s-", init.session ?? `terminal ${process.ppid}`);
    },
    repository() {
      const git = init.workspace === undefined ? client.git() : {};
      const named = init.workspace ?? git.workspace;
      return named ?? (isUnavailable(git) ? workspaceOfDirectory(dir, client.naming()) : undefined);
    },
    workspace() {
      const workspace = client.repository();
      if (workspace === undefined) throw batonError(errors.WORKSPACE_UNKNOWN);
      return workspace;
    },
    envelope: () => ({ workspace: client.workspace(), session: init.session }),
    state: () => readState(home, instant),
    async record(write) {
      const kept = init.baton;
      const durability = init.durability ?? "durable";
      const baton = kept ?? openBaton({ client: init.name, home: home.dir, durability });
      try {
        const result = await write(baton);
        if (durability === "durable") await baton.flush();
        return result;
      } finally {
        if (kept === undefined) await baton.close();
      }
    },
  };
  return client;
}
