/** Facts of this machine and its clients, as ConfigFact records hold them. */
import type { OpenCodeFact } from "./opencode.js";
import { type State, shownRecords } from "./state.js";

/** A fact that was found. */
export type FoundFact =
  | OpenCodeFact
  | { readonly subject: "machine"; readonly name: "version"; readonly value: string };

const subjects = ["", "machine", "proxy", "codex", "opencode"];
const names = ["", "version", "provider", "base_host", "default_model", "small_model"];

/** The version of Node. */
export function machineFacts(): FoundFact[] {
  return [{ subject: "machine", name: "version", value: process.versions.node }];
}

/** Those that the state does not hold yet. */
export function changedFacts(state: State, facts: readonly FoundFact[]): FoundFact[] {
  const known = shownRecords(state, "config_fact").map(({ configFact }) => {
    const { subject, name, value } = configFact as { subject?: number; name?: number; value?: string };
    return `${subjects[subject ?? 0]} ${names[name ?? 0]} ${value}`;
  });
  return facts.filter(({ subject, name, value }) => !known.includes(`${subject} ${name} ${value}`));
}
