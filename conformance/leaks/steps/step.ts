/** A step of the pipeline. */
import type { World } from "../world.js";

/** Runs one program of Baton on a machine, and throws where it did not do its work. */
export interface Step {
  /** Unique; of a-z and dashes. */
  readonly name: string;
  /** Whether what it shows, other steps show too: then `npm test` leaves it out, and `npm run guard:leaks` does not. */
  readonly isExtra?: boolean;
  run(world: World): Promise<void>;
}

/** Throws an error that says where `what` does not hold. */
export function must(holds: boolean, what: string, told: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(told)}`);
}
