/** `baton status`: the folded state of all workspaces and of the machine. Asks git nothing. */
import type { Command } from "commander";
import { StatusSchema } from "../../gen/baton/state/v1/status_pb.js";
import { kinds, machineStateTable, workspaceStateTable } from "../../gen/tables.js";
import type { MessageTable } from "../../record/schema.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { jsonOfBytes } from "../json.js";
import { columns, print } from "../output.js";
import { readAll, type State, saveSnapshot } from "../state.js";

/** Adds the command. */
export function registerStatus(program: Command): void {
  shared(program.command("status"))
    .description("print the folded state of all workspaces")
    .addHelpText("after", "\nExample:\n  baton status --json")
    .action(async (options: SharedOptions) => {
      const context = contextOf(options);
      const state = readAll(context.home, context.now);
      print(context.json ? jsonOfBytes(StatusSchema, state.bytes) : table(state));
      await saveSnapshot(context.home, state);
    });
}

/** How many records each list of the state holds, by workspace. */
function table(state: State): string {
  const rows: string[][] = [["WORKSPACE", "KIND", "RECORDS"]];
  const add = (owner: string, table: MessageTable, holder: Readonly<Record<string, unknown>>): void => {
    for (const kind of kinds) {
      const list = table.fields.find(
        (field) => field.number === kind.list && field.message?.name === "baton.state.v1.Record",
      );
      const records = list && (holder[list.jsonName] as readonly unknown[] | undefined);
      const isHere = kind.scope === (table === workspaceStateTable ? "WORKSPACE" : "MACHINE");
      if (isHere && records !== undefined && records.length > 0) rows.push([owner, kind.name, String(records.length)]);
    }
  };
  for (const workspace of state.status.workspaces ?? []) add(workspace.workspace ?? "", workspaceStateTable, workspace);
  add("(machine)", machineStateTable, state.status.machine ?? {});
  return rows.length > 1 ? columns(rows) : "nothing recorded yet\n";
}
