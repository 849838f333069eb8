/** `baton observe`: looks at the repository and the machine, and records what changed. */
import type { Command } from "commander";
import { observe } from "../../client/observe.js";
import { contextOf, type SharedOptions, shared } from "../context.js";

/** Adds the command. */
export function registerObserve(program: Command): void {
  shared(program.command("observe"))
    .description("look at git and this machine, and record what changed")
    .addHelpText("after", "\nExample:\n  baton observe")
    .action(async (options: SharedOptions) => {
      const context = contextOf(options, { writes: true });
      const { pointers, facts } = await observe(context);
      const { workspace } = context.git();
      context.say(
        workspace === undefined
          ? `no repository here; ${facts} facts recorded`
          : `${workspace}: ${pointers} pointers, ${facts} facts recorded`,
      );
    });
}
