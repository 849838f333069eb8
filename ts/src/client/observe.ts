/** Looking at the repository and the machine, and recording what changed. */
import type { Client } from "./client.js";
import { changedPointers } from "./pointers.js";
import { type State, shownRecords } from "./state.js";

/**
 * Looks at git and this machine and records what the state does not hold yet; gives how many records that took. Hosts pass
 * `machine: false`: the version of Node that they carry is not the machine's.
 */
export async function observe(
  client: Client,
  { machine }: { readonly machine: boolean } = { machine: true },
): Promise<{ readonly pointers: number; readonly facts: number }> {
  const git = client.git();
  const state = client.state();
  const pointers = changedPointers(state, git);
  const facts = machine ? changedFacts(state) : [];
  if (pointers.length + facts.length > 0)
    await client.record((baton) => {
      for (const pointer of pointers) baton.record("pointer", pointer, client.envelope());
      for (const fact of facts) baton.record("configFact", fact);
    });
  return { pointers: pointers.length, facts: facts.length };
}

/** Facts of this machine that the state does not hold yet: the version of Node. */
function changedFacts(state: State): { subject: "machine"; name: "version"; value: string }[] {
  const value = process.versions.node;
  const known = shownRecords(state, "config_fact").some(({ configFact }) => {
    const fact = configFact as { subject?: number; name?: number; value?: string };
    return fact.subject === 1 && fact.name === 1 && fact.value === value;
  });
  return known ? [] : [{ subject: "machine", name: "version", value }];
}
