/** The library that hosts embed: `openBaton` (docs/design.md, "The library"). */
import type { ClientName, KindInits, KindWithId } from "./gen/inits.js";
import { createRecorder, type RecordAck, type RecordOptions } from "./library/recorder.js";
import { createSafeQueue } from "./library/safe.js";
import type { Ack, Durability } from "./segment/writer.js";

export type * from "./gen/inits.js";
export type { RecordOptions } from "./library/recorder.js";
export { version } from "./library/version.js";
export { BatonError } from "./record/error.js";
export type { Ack, Durability } from "./segment/writer.js";

/** Names of the record kinds. */
export type KindName = keyof KindInits;

/** Acknowledgement of a record: where it went, and the id of a note or action. */
export type AckOf<K extends KindName> = K extends KindWithId ? Ack & { readonly id: string } : Ack;

/** One record of a batch. */
export type BatchRecord = {
  [K in KindName]: { readonly kind: K; readonly init: KindInits[K] } & RecordOptions;
}[KindName];

/** Who records, and where. */
export interface BatonInit {
  /** The program that records. */
  readonly client: ClientName;
  /** State directory; else BATON_HOME, else the platform's. */
  readonly home?: string | undefined;
  /** What `flush` waits for: `written` (the default) nothing more, `durable` the disk. */
  readonly durability?: Durability | undefined;
  /** Workspace of the records that belong to one; the repository of the current directory where absent. */
  readonly workspace?: string | undefined;
  /** Id of the agent session; only its alias is stored. */
  readonly session?: string | undefined;
}

/** A recorder. Every function that throws throws BatonError. */
export interface Baton {
  /**
   * Records one thing and gives its place. When it returns, the record is in the kernel and survives the process.
   * Throws a record that the schema or the guard refuses, a disk that is full, a directory that cannot be used.
   */
  record<K extends KindName>(kind: K, init: KindInits[K], options?: RecordOptions): AckOf<K>;
  /**
   * Records many things with few writes; all are in the kernel when it returns. At the first that is refused it
   * stops and throws: those before it are recorded, it and those behind it are not.
   */
  recordAll(records: Iterable<BatchRecord>): Ack[];
  /** With `durable`: returns when everything recorded so far survives a power cut. */
  flush(): Promise<void>;
  /** Flushes, seals the segment and closes it. A second call does nothing. */
  close(): Promise<void>;
  /** The variant for hosts that must not notice it. */
  readonly safe: SafeBaton;
}

/**
 * A recorder that never throws and never waits: it queues, and writes at the end of the tick or of the process, in turns of a
 * few milliseconds.
 */
export interface SafeBaton {
  /** Queues a record. Gives whether the queue took it; what is dropped later is counted all the same. */
  record<K extends KindName>(kind: K, init: KindInits[K], options?: RecordOptions): boolean;
  /** Counts one record that the host could not make for `error`, with those that were dropped for the same reason. */
  drop(error: unknown): void;
  /** Writes what is queued and flushes; never rejects. */
  flush(): Promise<void>;
  /** Flushes and closes; never rejects. */
  close(): Promise<void>;
  /** Records dropped and not yet told in a header, by the number of baton.segment.v1.DropReason. */
  readonly dropped: ReadonlyMap<number, number>;
}

/** Opens a recorder. Never throws and does no I/O: the first record opens the state directory and a segment. */
export function openBaton(init: BatonInit): Baton {
  const recorder = createRecorder(init);
  const queue = createSafeQueue(recorder);

  async function flush(): Promise<void> {
    queue.drain();
    await recorder.flush();
  }

  async function close(flushed = flush): Promise<void> {
    queue.end();
    try {
      await flushed();
    } finally {
      recorder.close();
    }
  }

  async function flushInTurns(): Promise<void> {
    await queue.drainInTurns();
    await recorder.flush();
  }

  return {
    record<K extends KindName>(kind: K, given: KindInits[K], options?: RecordOptions): AckOf<K> {
      const ack = recorder.put(kind, given, options);
      recorder.commit();
      return ack as AckOf<K>;
    },
    recordAll(records) {
      const acks: RecordAck[] = [];
      try {
        for (const record of records) acks.push(recorder.put(record.kind, record.init, record));
      } catch (error) {
        recorder.commit();
        throw error;
      }
      recorder.commit();
      return acks;
    },
    flush,
    close: () => close(),
    safe: {
      record: (kind, given, options) => queue.record(kind, given, options),
      drop: (error) => queue.drop(error),
      flush: () => flushInTurns().catch(() => {}),
      close: () => close(flushInTurns).catch(() => {}),
      dropped: recorder.dropped,
    },
  };
}
