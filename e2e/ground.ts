/** What tests with real clients stand on: a mock model for all of them, and a machine for each. */
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { isInstalled, type Pinned } from "./clients.js";
import { isolate, type Machine } from "./isolate.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";

/** To be read inside tests and hooks: there is neither of the two before. */
export interface Ground {
  readonly mock: MockModel;
  /** The machine of this test, with its clients on `PATH`. */
  readonly machine: Machine;
}

/** What some tests want besides. */
export interface GroundInit {
  /** What the model says besides its script, see `startMockModel`. */
  readonly aside?: string;
  /** Called with each new machine, before the test. */
  readonly before?: (on: Ground) => void;
  /** Called with the machine after the test and before it is gone: what throws here fails the test. */
  readonly after?: (on: Ground) => Promise<void>;
}

/** A `describe` with real clients: skipped where one of them is not installed. */
export function describeWith(
  title: string,
  clients: readonly Pinned[],
  tests: (on: Ground) => void,
  { aside, before, after }: GroundInit = {},
): void {
  describe.skipIf(!clients.every(isInstalled))(title, () => {
    const on = {} as { mock: MockModel; machine: Machine };
    beforeAll(async () => {
      on.mock = await startMockModel(aside);
    });
    afterAll(() => on.mock.close());
    beforeEach(() => {
      on.machine = isolate(...clients);
      before?.(on);
    });
    afterEach(async () => {
      try {
        await after?.(on);
      } finally {
        on.machine.remove();
      }
    });
    tests(on);
  });
}
