/** What has passed the guard. */
import type { Stamp } from "../record/stamp.js";

declare const passed: unique symbol;

/**
 * A record whose every text the guard has judged, encoded. Only `guardRecord` makes one, and segment writers take
 * nothing else: so nothing unguarded can be written.
 */
export interface GuardedRecord {
  /** Kind number of the frame. */
  readonly kind: number;
  /** baton.state.v1.Record, at most 4096 bytes. */
  readonly payload: Uint8Array;
  /** Its stamp, 0 where it has none. */
  readonly stamp: Stamp;
  readonly [passed]: true;
}
