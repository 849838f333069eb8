/**
 * The recorder for hosts that must not notice it: hooks, plugins, the proxy. It queues, returns at once, never throws,
 * and counts what it drops by reason.
 */
import { errors } from "../gen/tables.js";
import { BatonError } from "../record/error.js";
import type { Recorder, RecordOptions } from "./recorder.js";

/** Numbers of baton.segment.v1.DropReason. */
export const dropReasons = { GUARD: 1, NO_SPACE: 2, IO: 3, HOME: 4, QUEUE: 5, DEFECT: 6 } as const;

/** Most records that wait; what comes above it is dropped. */
export const maxQueued = 4096;

/** Records that are written at once: few enough that the writer's buffer holds them. */
const batchSize = 24;

/** After the directory or the disk failed, nothing is tried for this many milliseconds. */
const restAfterFailure = 1000;

/** A queue before a recorder. */
export interface SafeQueue {
  /** Queues a record. Gives whether it was taken; never throws. */
  record(kind: string, init: object, options?: RecordOptions): boolean;
  /** Counts one record that could not be made for `error`; never throws. */
  drop(error: unknown): void;
  /** Writes what is queued, at once; never throws. */
  drain(): void;
  /** Ends the queue: what comes now is dropped. */
  end(): void;
}

interface Queued {
  readonly kind: string;
  readonly init: object;
  readonly options: RecordOptions | undefined;
}

/** Puts a queue before a recorder. */
export function createSafeQueue(recorder: Recorder): SafeQueue {
  const queue: Queued[] = [];
  let isScheduled = false;
  let hasEnded = false;
  let restUntil = 0;
  let restReason: number = dropReasons.HOME;

  function count(reason: number, lost = 1): void {
    recorder.dropped.set(reason, (recorder.dropped.get(reason) ?? 0) + lost);
  }

  function drain(): void {
    isScheduled = false;
    process.removeListener("exit", drain);
    while (queue.length > 0) {
      const batch = queue.splice(0, batchSize);
      if (performance.now() < restUntil) count(restReason, batch.length);
      else writeBatch(batch);
    }
  }

  function writeBatch(batch: readonly Queued[]): void {
    let taken = 0;
    for (const { kind, init, options } of batch) {
      try {
        recorder.put(kind, init, options);
        taken++;
      } catch (error) {
        fail(error, 1);
      }
    }
    try {
      recorder.commit();
    } catch (error) {
      fail(error, taken);
    }
  }

  function fail(error: unknown, lost: number): void {
    const reason = reasonOf(error);
    count(reason, lost);
    if (reason === dropReasons.HOME || reason === dropReasons.NO_SPACE || reason === dropReasons.IO) {
      restUntil = performance.now() + restAfterFailure;
      restReason = reason;
    }
  }

  return {
    record(kind, init, options) {
      if (hasEnded || queue.length >= maxQueued) {
        count(dropReasons.QUEUE);
        return false;
      }
      // A copy, for the host may go on with its object; what is no object is refused when its turn comes.
      queue.push({ kind, init: typeof init === "object" && init !== null ? { ...init } : init, options });
      if (!isScheduled) {
        isScheduled = true;
        setImmediate(drain);
        process.once("exit", drain);
      }
      return true;
    },
    drop: (error) => fail(error, 1),
    drain,
    end() {
      hasEnded = true;
    },
  };
}

function reasonOf(error: unknown): number {
  if (!(error instanceof BatonError)) return dropReasons.DEFECT;
  switch (error.code) {
    case errors.GUARD_REFUSED.id:
    case errors.GUARD_PACK.id:
      return dropReasons.GUARD;
    case errors.SEGMENT_NO_SPACE.id:
      return dropReasons.NO_SPACE;
    case errors.SEGMENT_IO.id:
      return dropReasons.IO;
    case errors.HOME_UNUSABLE.id:
    case errors.HOME_REMOTE.id:
    case errors.HOME_KEY.id:
    case errors.HOME_CONFIG.id:
      return dropReasons.HOME;
    case errors.CLIENT_RATE.id:
      return dropReasons.QUEUE;
    default:
      return dropReasons.DEFECT;
  }
}
