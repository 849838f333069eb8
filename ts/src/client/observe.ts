/** Looking at the repository, and recording what changed. */
import type { Client } from "./client.js";
import type { FoundFact } from "./facts.js";
import { changedPointers, type Pointer } from "./pointers.js";
import type { Runtime } from "./runtime.js";
import type { State } from "./state.js";

/** What was found besides git and the state does not hold yet, and the state, where it has just been read. */
export interface Found {
  readonly state?: State;
  readonly pointers?: readonly Pointer[];
  readonly facts?: readonly FoundFact[];
  readonly runtimes?: readonly Runtime[];
}

/** How many records it took. */
export interface Observed {
  readonly pointers: number;
  readonly facts: number;
  readonly runtimes: number;
}

/** Looks at git and records what the state does not hold yet, and what was found besides. Throws what the recorder throws. */
export async function observe(client: Client, found: Found = {}): Promise<Observed> {
  const { state = client.state(), facts = [], runtimes = [] } = found;
  const pointers = [...changedPointers(state, client.git()), ...(found.pointers ?? [])];
  if (pointers.length + facts.length + runtimes.length > 0)
    await client.record((baton) => {
      for (const pointer of pointers) baton.record("pointer", pointer, client.envelope());
      for (const fact of facts) baton.record("configFact", fact);
      for (const runtime of runtimes) baton.record("runtimeSummary", runtime);
    });
  return { pointers: pointers.length, facts: facts.length, runtimes: runtimes.length };
}
