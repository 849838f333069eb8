/** `baton run`: runs a check untouched and records how it ended. */
import type { Command } from "commander";
import { errors } from "../../gen/tables.js";
import type { Naming } from "../../git/workspace.js";
import { BatonError, batonError } from "../../record/error.js";
import { runAndJudge } from "../../run/run.js";
import { type Context, contextOf, ExitStatus, type SharedOptions, shared } from "../context.js";
import { printError } from "../output.js";

interface RunOptions extends SharedOptions {
  readonly label?: string;
}

/** Adds the command. */
export function registerRun(program: Command): void {
  shared(program.command("run"))
    .description("run a check and record how it ended; its input, output, signals and exit code pass through")
    .passThroughOptions()
    .argument("<command...>", "the command and its arguments, behind --")
    .option("--label <name>", "name of the check")
    .addHelpText("after", "\nExample:\n  baton run --label unit -- npm test")
    .action(async (argv: string[], options: RunOptions) => {
      const context = contextOf(options, { writes: true });
      const naming = namingOf(context);
      const request = { argv, label: options.label, dir: process.cwd(), env: process.env, ...naming };
      const { exitCode, validation, git } = await runAndJudge(request).catch(endWithoutRun);
      try {
        const { workspace } = git;
        if (workspace === undefined) throw batonError(errors.WORKSPACE_UNKNOWN);
        await context.record((baton) => baton.record("validation", validation, { workspace }));
      } catch (error) {
        printError(error);
      }
      throw new ExitStatus(exitCode);
    });
}

/** The exit code of a command that did not start, as shells, env and nohup have it (RUN-003). */
function endWithoutRun(error: unknown): never {
  if (!(error instanceof BatonError && error.code === errors.RUN_FAILED.id)) throw error;
  printError(error);
  throw new ExitStatus(error.place === "ENOENT" ? 127 : 126);
}

/** What names workspaces; a state directory that cannot be used must not keep the command from running. */
function namingOf(context: Context): Naming {
  try {
    return context.naming();
  } catch (error) {
    printError(error);
    return {};
  }
}
