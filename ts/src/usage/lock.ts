/** One import at a time: `<state>/locks/import.<n>` (USE-024). */
import { errors } from "../gen/tables.js";
import { type Lease, takeLease } from "../home/lease.js";
import { batonError } from "../record/error.js";
import { homeError } from "../segment/system.js";

/** A held lock. */
export interface ImportLock {
  /** Says that the holder lives. Throws USAGE_BUSY when somebody else took the lock over. */
  touch(): void;
  /** Gives the lock back. Never throws. */
  release(): void;
}

/** Takes the lock in a folder that is made where missing. Throws USAGE_BUSY, or HOME_UNUSABLE where nothing can be written. */
export function lockImport(folder: string): ImportLock {
  let lease: Lease | undefined;
  try {
    lease = takeLease(folder, "import");
  } catch (error) {
    throw homeError(error, errors.HOME_UNUSABLE);
  }
  if (lease === undefined) throw batonError(errors.USAGE_BUSY);
  const { touch, release } = lease;
  return {
    touch() {
      if (!touch()) throw batonError(errors.USAGE_BUSY);
    },
    release,
  };
}
