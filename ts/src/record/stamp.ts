/** Hybrid logical stamps: milliseconds since 1970 times 2^16 and a counter, so that order survives a clock set back. */

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** A stamp in two unsigned halves of 32 bits: the writer's way, which needs no bigint. */
export interface Stamp {
  readonly low: number;
  readonly high: number;
}

/** What stands where there is no stamp, below every other. */
export const noStamp: Stamp = { low: 0, high: 0 };

/**
 * The stamp behind `last` of a record that is made at `nowMs`: max(now · 2^16, last + 1) (SEG-046). The counter carries
 * into the milliseconds.
 */
export function nextStamp(last: Stamp, nowMs: number): Stamp {
  const ms = Math.max(0, Math.floor(nowMs));
  const now = { low: (ms % 0x1_0000) * 0x1_0000, high: Math.floor(ms / 0x1_0000) };
  if (isAbove(now, last)) return now;
  return last.low === 0xffff_ffff ? { low: 0, high: last.high + 1 } : { low: last.low + 1, high: last.high };
}

/** Milliseconds since 1970 that a stamp holds. */
export function msOf({ low, high }: Stamp): number {
  return high * 0x1_0000 + Math.floor(low / 0x1_0000);
}

/** Whether `one` is above `other`. */
export function isAbove(one: Stamp, other: Stamp): boolean {
  return one.high > other.high || (one.high === other.high && one.low > other.low);
}

/** The halves of a stamp. */
export function splitStamp(stamp: bigint): Stamp {
  return { low: Number(stamp & 0xffff_ffffn), high: Number(stamp >> 32n) };
}
