/** `baton next`: what is to be done, and who does it. */
import type { Command } from "commander";
import {
  type Action,
  type ActionChange,
  actionStates,
  addAction,
  changeAction,
  openActionsOf,
} from "../../client/actions.js";
import { StatusSchema } from "../../gen/baton/state/v1/status_pb.js";
import { errors, statusTable } from "../../gen/tables.js";
import { batonError } from "../../record/error.js";
import { contextOf, printId, type SharedOptions, shared } from "../context.js";
import { jsonOf } from "../json.js";
import { columns, escapeForTerminal, print } from "../output.js";

interface NextOptions extends SharedOptions {
  readonly lease?: string;
  readonly as?: string;
}

/** Adds the commands. */
export function registerNext(program: Command): void {
  const next = program
    .command("next")
    .description("what is to be done, and who does it")
    .addHelpText("after", '\nExamples:\n  baton next add "rebase the branch"\n  baton next list');
  const sub = (usage: string, description: string, example: string): Command =>
    shared(next.command(usage))
      .description(description)
      .option("--workspace <name>", "another workspace than the current one")
      .addHelpText("after", `\nExample:\n  baton next ${example}`);

  sub("add <text>", "promise something to the next session", 'add "rebase the branch"').action(
    async (text: string, options: NextOptions) => {
      const context = contextOf(options, { writes: true });
      printId(context, await addAction(context, text));
    },
  );

  sub("list", "show what is open or claimed", "list").action((options: NextOptions) => {
    const context = contextOf(options);
    const workspace = context.workspace();
    const actions = openActionsOf(context.state(), workspace);
    if (context.json) {
      const records = actions.map((action) => action.record);
      print(jsonOf(StatusSchema, statusTable, { workspaces: [{ workspace, actions: records }] }));
    } else print(actions.length > 0 ? columns(actions.map((action) => row(action, context.now))) : "nothing to do\n");
  });

  sub("claim <id>", "take an action for yourself, for a while", "claim a-0123456789abcdef --lease 2h")
    .option("--lease <time>", "how long, such as 90m or 2h", "2h")
    .option("--as <name>", "your name; else the alias of this session")
    .action((id: string, options: NextOptions) => change(id, options, "claimed"));
  sub("renew <id>", "keep an action for a while longer", "renew a-0123456789abcdef")
    .option("--lease <time>", "how long from now, such as 90m or 2h", "2h")
    .option("--as <name>", "your name; without it anyone may renew")
    .action((id: string, options: NextOptions) => change(id, options, "renewed"));
  sub("done <id>", "say that an action is done", "done a-0123456789abcdef")
    .option("--as <name>", "your name; without it anyone may finish")
    .action((id: string, options: NextOptions) => change(id, options, "done"));
  sub("drop <id>", "say that an action will not be done", "drop a-0123456789abcdef")
    .option("--as <name>", "your name; without it anyone may drop")
    .action((id: string, options: NextOptions) => change(id, options, "dropped"));
}

async function change(id: string, options: NextOptions, to: ActionChange["to"]): Promise<void> {
  const context = contextOf(options, { writes: true });
  await changeAction(context, id, { to, lease: leaseOf(options.lease ?? "2h"), as: options.as });
  context.say(`${id} ${to}`);
}

function leaseOf(text: string): number {
  const parts = /^(\d{1,5})(m|h|d)$/.exec(text);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[parts?.[2] ?? ""];
  if (parts === null || unit === undefined || Number(parts[1]) === 0)
    throw batonError(errors.ARGUMENT, { place: "a lease is a number and m, h or d, such as 90m" });
  return Number(parts[1]) * unit;
}

function row(action: Action, now: number): string[] {
  const minutes = Math.ceil(((action.leaseUntil ?? 0) - now) / 60_000);
  const holder =
    action.state === actionStates.claimed && minutes > 0 ? `${action.claimer ?? "?"} for ${minutes}m` : "open";
  return [action.id, holder, action.text].map(escapeForTerminal);
}
