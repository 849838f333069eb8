/** The recorder behind `openBaton`: completes, stamps and guards records, and hands them to a segment writer. */
import { errors } from "../gen/tables.js";
import { workspaceOfDirectory } from "../git/directory.js";
import type { Known } from "../guard/known.js";
import { guardKind, kindNamed } from "../guard/record.js";
import { alias, keyId, now, openHome } from "../home/home.js";
import { knownTo } from "../home/known.js";
import { batonError } from "../record/error.js";
import { nextStamp, noStamp, type Stamp } from "../record/stamp.js";
import { highestStamp } from "../segment/seed.js";
import { type Ack, type Durability, openWriter, type Writer } from "../segment/writer.js";
import { complete } from "./complete.js";
import { version } from "./version.js";

/** What a record may say besides its kind. */
export interface RecordOptions {
  /** Workspace of a kind that belongs to one, instead of the recorder's. */
  readonly workspace?: string | undefined;
  /** Id of the agent session, instead of the recorder's; only its alias is stored. */
  readonly session?: string | undefined;
  /** When the fact was true: milliseconds since 1970. Now where absent. */
  readonly observedAt?: number | bigint | undefined;
}

/** Who records, and where. */
export interface RecorderInit {
  readonly client: string;
  readonly home?: string | undefined;
  readonly durability?: Durability | undefined;
  readonly workspace?: string | undefined;
  readonly session?: string | undefined;
}

/** Acknowledgement of a record; `id` is that of a note or action. */
export interface RecordAck extends Ack {
  readonly id?: string;
}

/** A recorder: no I/O before the first `put`. */
export interface Recorder {
  /** Takes a record; acknowledged when `commit` returns. Throws what docs/design.md, "The library", lists. */
  put(kind: string, init: object, options?: RecordOptions): RecordAck;
  commit(): void;
  flush(): Promise<void>;
  close(): void;
  /** Whether so much waits for a sync that the next record may have to wait for the disk. */
  isBehind(): boolean;
  /** Counts by DropReason that the next header will tell. */
  readonly dropped: Map<number, number>;
}

/** What is known once the first record has come. */
interface Started {
  readonly writer: Writer;
  readonly key: Uint8Array;
  readonly now: () => number;
  /** What this process knows of itself and may not record. */
  readonly known: () => Known | undefined;
  /** Workspace of the directory that the process stood in when it was first asked for; undefined in no repository. */
  readonly here: () => string | undefined;
}

const sessionAlias = /^s-[0-9a-f]{16}$/;

/** Makes a recorder. Never throws. */
export function createRecorder(init: RecorderInit): Recorder {
  const dropped = new Map<number, number>();
  let started: Started | undefined;
  let stamp: Stamp = noStamp;
  let isClosed = false;
  let lastSession: { readonly id: string; readonly alias: string } | undefined;

  function start(): Started {
    if (isClosed) throw batonError(errors.RECORD_CLOSED);
    if (started) return started;
    const env = process.env;
    const fixed = env.BATON_NOW ? now(env) : undefined;
    const clock = fixed === undefined ? Date.now : () => fixed;
    const home = openHome({ home: init.home, env });
    home.create();
    const key = home.key();
    stamp = highestStamp(home.segments, clock());
    const writer = openWriter({
      dir: home.segments,
      durability: init.durability ?? "written",
      writerName: "baton-ts",
      writerVersion: version,
      keyId: keyId(key),
      now: clock,
      dropped,
    });
    let self: { readonly known: Known | undefined } | undefined;
    const known = (): Known | undefined => {
      self ??= { known: knownTo(env, home) };
      return self.known;
    };
    let found: { readonly workspace: string | undefined } | undefined;
    const here = (): string | undefined => {
      found ??= { workspace: workspaceOfDirectory(process.cwd(), { key, config: home.config() }) };
      return found.workspace;
    };
    started = { writer, key, now: clock, known, here };
    return started;
  }

  function aliasOf(key: Uint8Array, session: string): string {
    if (sessionAlias.test(session)) return session;
    if (lastSession?.id !== session) lastSession = { id: session, alias: alias(key, "session", "s-", session) };
    return lastSession.alias;
  }

  return {
    dropped,
    put(name, given, options = {}) {
      const kind = kindNamed(name);
      if (!kind || typeof given !== "object" || given === null) {
        throw batonError(errors.RECORD_SHAPE, { field: "kind", place: "kind" });
      }
      const { writer, key, now, known, here } = start();
      const workspace = kind.scope === "WORKSPACE" ? (options.workspace ?? init.workspace ?? here()) : undefined;
      if (kind.scope === "WORKSPACE" && workspace === undefined) throw batonError(errors.WORKSPACE_UNKNOWN);
      const nowMs = now();
      const { init: completed, id } = complete(kind, given);
      const session = options.session ?? init.session;
      const next = nextStamp(stamp, nowMs);
      const envelope = {
        stamp: next,
        observedAt: options.observedAt ?? nowMs,
        workspace,
        client: init.client,
        session: session === undefined ? undefined : aliasOf(key, session),
      };
      const guarded = guardKind(kind, completed, envelope, known());
      stamp = next;
      const ack: RecordAck = writer.put(guarded);
      return id === undefined ? ack : Object.assign(ack, { id });
    },
    commit() {
      started?.writer.commit();
    },
    async flush() {
      await started?.writer.flush();
    },
    isBehind: () => started?.writer.isBehind() ?? false,
    close() {
      if (isClosed) return;
      try {
        if (dropped.size > 0) start();
      } catch {
        // The directory still cannot be used, so there is no header to tell the counts.
      }
      isClosed = true;
      started?.writer.close();
    },
  };
}
