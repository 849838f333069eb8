/** The brief of the workspace that a client stands in. */
import { type Brief, briefOf } from "../brief/brief.js";
import { enumNumber } from "../brief/fields.js";
import { briefTable } from "../gen/tables.js";
import type { Client } from "./client.js";
import type { State } from "./state.js";

/** What a brief is asked for. */
export interface BriefQuestion {
  /** Name of the workspace, instead of the directory's. */
  readonly workspace?: string | undefined;
  /** Whether a session starts, or goes on after its context was compacted. */
  readonly reason: "startup" | "compact";
}

/** The brief, with the state that it was made from, which the next reader may start from. */
export function briefHere(client: Client, question: BriefQuestion): { readonly brief: Brief; readonly state: State } {
  const git = client.git({ digest: true });
  const state = client.state();
  const brief = briefOf({
    state: state.folded,
    git,
    workspace: question.workspace ?? git.workspace ?? "",
    reason: enumNumber(briefTable, "reason", question.reason),
  });
  return { brief, state };
}
