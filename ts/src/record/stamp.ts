/** Hybrid logical stamps: milliseconds since 1970 times 2^16 and a counter, so that order survives a clock set back. */

/** A stamp in two unsigned halves of 32 bits: the writer's way, which needs no bigint. */
export interface Stamp {
  readonly low: number;
  readonly high: number;
}

/** The stamp behind `last` of a record that is made at `nowMs`: max(now · 2^16, last + 1) (SEG-046). */
export function nextStamp(last: bigint, nowMs: number): bigint {
  const now = BigInt(Math.max(0, Math.floor(nowMs))) << 16n;
  return now > last ? now : last + 1n;
}

/** Milliseconds since 1970 that a stamp holds. */
export function msOf(stamp: bigint): number {
  return Number(stamp >> 16n);
}

/** `nextStamp` in halves. */
export function stampAfter(last: Stamp, nowMs: number): Stamp {
  const ms = Math.max(0, Math.floor(nowMs));
  const high = Math.floor(ms / 0x1_0000);
  const low = (ms % 0x1_0000) * 0x1_0000;
  if (high > last.high || (high === last.high && low > last.low)) return { low, high };
  return last.low === 0xffff_ffff ? { low: 0, high: last.high + 1 } : { low: last.low + 1, high: last.high };
}

/** The halves of a stamp. */
export function splitStamp(stamp: bigint): Stamp {
  return { low: Number(stamp & 0xffff_ffffn), high: Number(stamp >> 32n) };
}

/** The stamp of two halves. */
export function joinStamp({ low, high }: Stamp): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
