/** A moment by two clocks: what decides when a writer rolls. BATON_NOW does not touch it. */
export interface Instant {
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Milliseconds of a clock that only goes on. */
  readonly monotonic: number;
}

/** This moment. */
export function instant(): Instant {
  return { wall: Date.now(), monotonic: performance.now() };
}

/** Whether more than `span` milliseconds passed by any clock, or the wall clock was set back by as much. */
export function hasPassed(from: Instant, to: Instant, span: number): boolean {
  return Math.abs(to.wall - from.wall) > span || to.monotonic - from.monotonic > span;
}
