/** Actions of a workspace: what the folded state holds of them, and how they change hands. */
import { join } from "node:path";
import { claimAction, closeAction, renewClaim } from "../claim/claim.js";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import type { Client } from "./client.js";
import { type PlainRecord, type State, shownRecords } from "./state.js";

/** Numbers of baton.state.v1.ActionState. */
export const actionStates = { open: 1, claimed: 2, done: 3, dropped: 4 } as const;

/** A NextAction with its defaults filled in. */
export interface Action {
  readonly id: string;
  readonly text: string;
  readonly state: number;
  readonly generation: number;
  readonly claimer: string | undefined;
  /** Milliseconds since 1970. */
  readonly leaseUntil: number | undefined;
  readonly record: PlainRecord;
}

/** All actions of a workspace, finished ones that are still shown included. */
export function actionsOf(state: State, workspace: string): Action[] {
  return shownRecords(state, "next_action", workspace).map((record) => {
    const action = record.nextAction as Partial<Omit<Action, "record">>;
    return {
      id: action.id ?? "",
      text: action.text ?? "",
      state: action.state || actionStates.open,
      generation: action.generation ?? 0,
      claimer: action.claimer,
      leaseUntil: action.leaseUntil,
      record,
    };
  });
}

/** Actions of a workspace that are not finished. */
export function openActionsOf(state: State, workspace: string): Action[] {
  return actionsOf(state, workspace).filter((action) => action.state < actionStates.done);
}

/** Promises something to the next session; gives the id of the action. Throws what `Baton.record` throws. */
export async function addAction(client: Client, text: string): Promise<string> {
  const { id } = await client.record((baton) => baton.record("nextAction", { text }, client.envelope()));
  return id;
}

/** What becomes of an action. */
export interface ActionChange {
  readonly to: "claimed" | "renewed" | "done" | "dropped";
  /** How long a claim holds, in milliseconds. */
  readonly lease: number;
  /** Name of the one who acts; claims without one are the client's. */
  readonly as?: string | undefined;
}

/**
 * Lets an action of the workspace change hands: the claim files decide, the record that follows tells the readers. Throws
 * CLAIM_UNKNOWN, CLAIM_CLOSED, and what the claim files refuse.
 */
export async function changeAction(client: Client, id: string, change: ActionChange): Promise<void> {
  const action = actionsOf(client.state(), client.workspace()).find((candidate) => candidate.id === id);
  if (action === undefined) throw batonError(errors.CLAIM_UNKNOWN);
  if (action.state >= actionStates.done) throw batonError(errors.CLAIM_CLOSED);
  const fields = arbitrate(client, action, change);
  await client.record((baton) => baton.record("nextAction", { id, text: action.text, ...fields }, client.envelope()));
}

/** Asks the claim files, and gives the fields that the record tells the readers. */
function arbitrate(
  client: Client,
  action: Action,
  { to, lease, as }: ActionChange,
): { state: number; generation: number; claimer?: string; leaseUntil?: number } {
  const files = { folder: join(client.home.dir, "claims"), action: action.id };
  const by = as === undefined ? {} : { claimer: as };
  if (to === "done" || to === "dropped") {
    const held = closeAction({ ...files, ...by, state: to });
    return {
      state: to === "done" ? actionStates.done : actionStates.dropped,
      generation: held?.generation ?? action.generation,
      ...(held?.claimer === undefined ? {} : { claimer: held.claimer }),
    };
  }
  const until = { ...files, now: client.now, lease };
  const { generation, claimer, leaseUntil } =
    to === "claimed" ? claimAction({ ...until, claimer: as ?? client.claimer() }) : renewClaim({ ...until, ...by });
  return { state: actionStates.claimed, generation, leaseUntil, ...(claimer === undefined ? {} : { claimer }) };
}
