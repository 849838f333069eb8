/**
 * The recorder for hosts that must not notice it: hooks, plugins, the proxy. It queues, returns at once, never throws, gives
 * way to the host between turns of a few milliseconds, and counts what it drops by reason.
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

/** A turn of writing begins no batch after so many milliseconds: the host's own events come between. */
const turnMs = 5;

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
  /** Writes what is queued in turns, with the events of the host between them; never rejects. */
  drainInTurns(): Promise<void>;
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
  let turns: Promise<void> | undefined;
  let hasEnded = false;
  let restUntil = 0;
  let restReason: number = dropReasons.HOME;

  function count(reason: number, lost = 1): void {
    recorder.dropped.set(reason, (recorder.dropped.get(reason) ?? 0) + lost);
  }

  function drain(): void {
    writeUntil(Number.POSITIVE_INFINITY);
  }

  /** Writes batches until the queue is empty, or `end` by the clock of the process has come. */
  function writeUntil(end: number): void {
    while (queue.length > 0 && performance.now() < end) {
      const batch = queue.splice(0, batchSize);
      if (performance.now() < restUntil) count(restReason, batch.length);
      else writeBatch(batch);
    }
    if (queue.length > 0) return;
    isScheduled = false;
    process.removeListener("exit", drain);
  }

  async function takeTurns(): Promise<void> {
    while (queue.length > 0) {
      writeUntil(performance.now() + turnMs);
      // What is recorded meanwhile waits in the queue, or is dropped where that is full: the disk is never waited for here.
      if (recorder.isBehind()) await recorder.flush().catch((error) => fail(error, 0));
      else if (queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function drainInTurns(): Promise<void> {
    turns ??= takeTurns().finally(() => {
      turns = undefined;
    });
    return turns;
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
    if (lost > 0) count(reason, lost);
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
        setImmediate(drainInTurns);
        process.once("exit", drain);
      }
      return true;
    },
    drop: (error) => fail(error, 1),
    drain,
    drainInTurns,
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
