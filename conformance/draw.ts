/** Numbers that look random and are the same for one seed, in every language. */

/** A generator of numbers below `limit`: the linear congruential generator of baton.conformance.v1.Piece. */
export type Draw = (limit: number) => number;

/** A generator with a seed. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % limit;
  };
}
