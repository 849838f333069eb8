/** `baton observe`: looks at the repository and the machine, and records what changed. */
import type { Command } from "commander";
import type { GitFacts } from "../../git/facts.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { changedFacts, changedPointers } from "../pointers.js";

/** Adds the command. */
export function registerObserve(program: Command): void {
  shared(program.command("observe"))
    .description("look at git and this machine, and record what changed")
    .addHelpText("after", "\nExample:\n  baton observe")
    .action(async (options: SharedOptions) => {
      const context = contextOf(options, { writes: true });
      const git: GitFacts = context.git();
      const state = context.state();
      const pointers = changedPointers(state, git);
      const facts = changedFacts(state);
      if (pointers.length + facts.length > 0)
        await context.record((baton) => {
          for (const pointer of pointers) baton.record("pointer", pointer, { workspace: git.workspace });
          for (const fact of facts) baton.record("configFact", fact);
        });
      context.say(
        git.workspace === undefined
          ? `no repository here; ${facts.length} facts recorded`
          : `${git.workspace}: ${pointers.length} pointers, ${facts.length} facts recorded`,
      );
    });
}
