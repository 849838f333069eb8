/** What goes wrong, and when: calls of the file system are counted from 1. */

/** Errors of a full disk and of a broken one. */
export const errorCodes = ["ENOSPC", "EDQUOT", "EFBIG", "EIO"] as const;

/** Calls that fail. */
export interface Fault {
  /** Number of the first one, from 1, and of the last one: the same for "once", infinite for "always". */
  readonly from: number;
  readonly to: number;
  readonly code: (typeof errorCodes)[number];
}

/** What goes wrong in a run. */
export interface Plan {
  readonly faults?: readonly Fault[];
  /** The process is gone at this call, from 1: a write may happen in part, and nothing happens behind it. */
  readonly goneAt?: number;
  /** How many bytes, from 1, a write takes of as many as it is given. All unless given. */
  readonly taken?: ((given: number) => number) | undefined;
  /** Whether the syncs off the main thread that wait are done ahead of a call. They wait until they are run unless given. */
  readonly isSyncEarly?: () => boolean;
}

/** What a call of a process throws that is gone: nobody is there to catch it, so nobody may act on it. */
export class Gone extends Error {}

/** Counts calls and tells what becomes of each. */
export interface Faults {
  /** Calls so far. */
  count(): number;
  isGone(): boolean;
  /** Counts a call: throws where it is to fail. `partly` is done first by a call at which the process goes. */
  meet(partly?: () => void): void;
}

/** The faults of a plan. */
export function faultsOf({ faults = [], goneAt = Number.POSITIVE_INFINITY }: Plan): Faults {
  let count = 0;
  let isGone = false;
  return {
    count: () => count,
    isGone: () => isGone,
    meet(partly = () => {}) {
      if (isGone) throw new Gone();
      count++;
      if (count >= goneAt) {
        partly();
        isGone = true;
        throw new Gone();
      }
      const fault = faults.find(({ from, to }) => count >= from && count <= to);
      if (fault) throw systemError(fault.code);
    },
  };
}

/** An error as `node:fs` throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error("injected"), { code });
}
