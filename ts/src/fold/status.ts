/** The bytes of baton.state.v1.Status: raw payloads in the lists that their kinds name, nothing encoded again. */
import { machineStateTable, statusTable, workspaceStateTable } from "../gen/tables.js";
import { compareText } from "../record/order.js";
import type { MessageTable } from "../record/schema.js";
import { createSink, encodeMessage, pushBytes, pushLengthDelimited, type Sink, sinkBytes } from "../record/wire.js";
import type { FolderHealth } from "../segment/verify.js";
import type { Winner } from "./fold.js";
import type { State } from "./state.js";
import type { ModelUsage } from "./usage-window.js";

/**
 * Encodes the state (FLD-050 … FLD-053): workspaces in byte order of their names, each list in byte order of the keys,
 * then usage and health of the machine. What the fold left out is added to the health that is given.
 */
export function statusOf(
  state: State,
  of: { readonly health: Partial<FolderHealth>; readonly usage: readonly ModelUsage[] },
): Uint8Array {
  const machine = createSink();
  const workspaces = new Map<string, Winner[]>();
  const ofMachine: Winner[] = [];
  for (const winner of state.winners) {
    if (winner.workspace === undefined) ofMachine.push(winner);
    else {
      const present = workspaces.get(winner.workspace);
      if (present) present.push(winner);
      else workspaces.set(winner.workspace, [winner]);
    }
  }
  const status = createSink();
  for (const [workspace, winners] of [...workspaces].sort(([a], [b]) => compareText(a, b))) {
    const sink = createSink();
    pushBytes(sink, encodeMessage(workspaceStateTable, { workspace }));
    pushLists(sink, winners);
    pushLengthDelimited(status, numberOf(statusTable, "workspaces"), sinkBytes(sink));
  }
  pushLists(machine, ofMachine);
  const health = { ...of.health, ...state.counts };
  pushBytes(machine, encodeMessage(machineStateTable, { usage: of.usage, health }));
  pushLengthDelimited(status, numberOf(statusTable, "machine"), sinkBytes(machine));
  return sinkBytes(status);
}

function pushLists(sink: Sink, winners: readonly Winner[]): void {
  // The sort is stable and the winners come in the order of their keys.
  for (const { kind, record } of [...winners].sort((a, b) => a.kind.list - b.kind.list))
    pushLengthDelimited(sink, kind.list, record.payload);
}

function numberOf(table: MessageTable, name: string): number {
  return table.fields.find((field) => field.name === name)?.number ?? 0;
}
