/** Actions of a workspace, as the folded state holds them. */
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
