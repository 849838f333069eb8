/** `baton status`: the folded state of all workspaces and of the machine. Asks git nothing. */
import type { Command } from "commander";
import { saveSnapshot } from "../../client/snapshot.js";
import { readAll, type State, statusBytes } from "../../client/state.js";
import { StatusSchema } from "../../gen/baton/state/v1/status_pb.js";
import { kinds } from "../../gen/tables.js";
import { compareText } from "../../record/order.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { jsonOfBytes } from "../json.js";
import { columns, escapeForTerminal, print } from "../output.js";

/** Adds the command. */
export function registerStatus(program: Command): void {
  shared(program.command("status"))
    .description("print the folded state of all workspaces")
    .addHelpText("after", "\nExample:\n  baton status --json")
    .action(async (options: SharedOptions) => {
      const context = contextOf(options);
      const state = readAll(context.home, context.now);
      print(context.json ? jsonOfBytes(StatusSchema, statusBytes(state)) : table(state));
      await saveSnapshot(context.home, state);
    });
}

/** How many records of each kind the state shows, by workspace. */
function table({ folded }: State): string {
  const counts = new Map<string | undefined, Map<string, number>>();
  for (const { workspace, kind } of folded.winners) {
    const ofOwner = counts.get(workspace) ?? new Map<string, number>();
    counts.set(workspace, ofOwner.set(kind.name, (ofOwner.get(kind.name) ?? 0) + 1));
  }
  const workspaces = [...counts.keys()].filter((owner) => owner !== undefined).sort(compareText);
  const rows = [...workspaces, undefined].flatMap((owner) => {
    const name = owner === undefined ? "(machine)" : escapeForTerminal(owner);
    return kinds.map((kind) => [name, kind.name, String(counts.get(owner)?.get(kind.name) ?? 0)]);
  });
  const shown = rows.filter(([, , count]) => count !== "0");
  return shown.length > 0 ? columns([["WORKSPACE", "KIND", "RECORDS"], ...shown]) : "nothing recorded yet\n";
}
