/** How much one session may write: a model in a loop must not fill the state of everybody. */
import { errors } from "../../gen/tables.js";
import { batonError } from "../../record/error.js";

/** Most records that models write through one server within `windowMs`. */
export const mostWrites = 30;
/** In milliseconds. */
export const windowMs = 600_000;

/** Counts writes. */
export interface Limit {
  /** Counts one write at `now`, in milliseconds of any steady clock. Throws CLIENT_RATE where it is one too many. */
  count(now: number): void;
}

/** A limit of `most` in any `windowMs`. */
export function createLimit(most = mostWrites): Limit {
  let times: number[] = [];
  return {
    count(now) {
      times = times.filter((time) => now - time < windowMs);
      if (times.length >= most) throw batonError(errors.CLIENT_RATE);
      times.push(now);
    },
  };
}
