/** The program `baton`: arguments in, exit code out. Only this file knows exit codes. */
import { Command, CommanderError } from "commander";
import { errors } from "../gen/tables.js";
import { version } from "../library/version.js";
import { BatonError, batonError } from "../record/error.js";
import { registerCommands } from "./commands/index.js";
import { ExitStatus } from "./context.js";
import { print, printError } from "./output.js";

/**
 * Runs one command. Takes the words behind `baton`, and gives the exit code: 0, 1 failed or refused, 2 not understood,
 * else what the command says (ExitStatus). Prints what is wrong and never throws. `begun` is told the options of a command
 * that works with a state directory, before it runs.
 */
export async function runProgram(
  words: readonly string[],
  begun: (options: { readonly home?: string }) => void = () => {},
): Promise<number> {
  const program = new Command("baton")
    .description(
      "Carries the operational context of agent sessions over to the next one; never prompts, answers or keys.",
    )
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: print, outputError: (text) => printError(argumentError(text)) })
    .configureHelp({ showGlobalOptions: true });
  registerCommands(program);
  program.hook("preAction", (_, command) => {
    if (command.options.some((option) => option.long === "--home")) begun(command.opts());
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof ExitStatus) return error.status;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(error);
    return error instanceof BatonError && error.code === errors.ARGUMENT.id ? 2 : 1;
  }
}

/** What commander found wrong, as an error of ours. */
function argumentError(text: string): BatonError {
  return batonError(errors.ARGUMENT, { place: text.replace(/^error: /, "").trim() });
}
