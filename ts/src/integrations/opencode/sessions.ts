/** Sessions of an instance: the brief that each of them is given, and the marks and pointers that they leave. */
import { briefHere } from "../../client/brief.js";
import type { Client } from "../../client/client.js";
import { observe } from "../../client/observe.js";
import type { State } from "../../client/state.js";
import { headMarkOf, workspaceOfDirectory } from "../../git/directory.js";
import { type Host, remember } from "./host.js";

/** What hooks ask of sessions. None of them throws. */
export interface Sessions {
  /**
   * The brief of a session, made when it is first seen and the same until its context is compacted: whatever changes in
   * the system prompt costs the model its cache. "" for the session of a subagent, and where there is none.
   */
  brief(session: string): string;
  /** Says that a session was made, by another one where it is a subagent's. */
  created(session: string, isSubagent: boolean): void;
  /** The brief as it is now, for the request that compacts a session; "" for that of a subagent. */
  compacting(session: string): string;
  /** Says that a session was compacted. */
  compacted(session: string): void;
  /** Says that a session waits for its user. */
  idle(session: string): void;
  /** Says that a session was deleted. */
  deleted(session: string): void;
  /** Says that the instance ends, and its sessions with it. */
  ended(): void;
}

interface Session {
  readonly isSubagent: boolean;
  brief: string;
  /** Undefined in no repository. */
  workspace?: string | undefined;
}

/** The sessions of a host, none at first. */
export function createSessions(host: Host): Sessions {
  const sessions = new Map<string, Session>();
  /** HEAD as it was last observed. */
  let observedHead: string | undefined;

  function begin(id: string): Session {
    const session = remember(sessions, id, { isSubagent: false, brief: "" });
    const client = clientOf(id);
    if (client === undefined) return session;
    // First the brief, which tells what was recorded otherwise, then what is so now.
    const told = briefNow(client, "startup");
    session.brief = told?.brief.text ?? "";
    session.workspace = attempt(() => workspaceNow(client));
    mark(id, session, "start");
    look(client, told?.state);
    return session;
  }

  function clientOf(id: string): Client | undefined {
    return attempt(() => host.client(id));
  }

  function briefNow(client: Client, reason: "startup" | "compact"): ReturnType<typeof briefHere> | undefined {
    return attempt(() => {
      // With the digest from the start, or git would be asked twice.
      client.git({ digest: true });
      return briefHere(client, { reason, workspace: workspaceNow(client) });
    });
  }

  /** The workspace, also where git took too long. */
  function workspaceNow(client: Client): string | undefined {
    return client.git().workspace ?? workspaceOfDirectory(host.dir, client.naming());
  }

  function mark(id: string, { workspace }: Session, phase: "start" | "compact" | "end"): void {
    if (workspace !== undefined) attempt(() => host.baton.record("sessionMark", { phase }, { workspace, session: id }));
  }

  function look(client: Client, state?: State): void {
    observedHead = headMarkOf(host.dir);
    observe(client, state && { state }).catch(() => {});
  }

  return {
    brief: (id) => (sessions.get(id) ?? begin(id)).brief,
    created(id, isSubagent) {
      if (isSubagent) remember(sessions, id, { isSubagent, brief: "" });
      else if (!sessions.has(id)) begin(id);
    },
    compacting(id) {
      const client = clientOf(id);
      return client === undefined || sessions.get(id)?.isSubagent
        ? ""
        : (briefNow(client, "compact")?.brief.text ?? "");
    },
    compacted(id) {
      const session = sessions.get(id) ?? begin(id);
      const client = clientOf(id);
      if (client === undefined || session.isSubagent) return;
      session.brief = briefNow(client, "compact")?.brief.text || session.brief;
      mark(id, session, "compact");
    },
    idle(id) {
      const client = headMarkOf(host.dir) === observedHead ? undefined : clientOf(id);
      if (client !== undefined) look(client);
    },
    deleted(id) {
      sessions.delete(id);
    },
    ended() {
      for (const [id, session] of sessions) mark(id, session, "end");
    },
  };
}

/** What `ask` gives; undefined where it throws, which a host must not notice. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
