/** `baton point`: sets what is in hand. */
import { type Command, Option } from "commander";
import { clearPointer, type Pointer, pointerTypes, setPointer } from "../../client/pointers.js";
import { contextOf, type SharedOptions, shared } from "../context.js";

interface PointOptions extends SharedOptions {
  readonly clear?: boolean;
}

/** Adds the command. */
export function registerPoint(program: Command): void {
  shared(program.command("point"))
    .description("set what is in hand: repository, fork, branch, pull request or issue")
    .argument("<type>", pointerTypes.join(", "))
    .argument("[value]", "owner/repo or URL, branch name, or number")
    .addOption(new Option("--clear", "nothing of that type is in hand any more"))
    .option("--workspace <name>", "another workspace than the current one")
    .addHelpText("after", "\nExamples:\n  baton point pr 42\n  baton point fork me/repo\n  baton point issue --clear")
    .action(async (type: string, value: string | undefined, options: PointOptions) => {
      const context = contextOf(options, { writes: true });
      if (options.clear === true) {
        await clearPointer(context, type);
        context.say(`${type} cleared`);
      } else context.say(`${type} is ${describe(await setPointer(context, type, value))}`);
    });
}

function describe({ number, ref, repository }: Pointer): string {
  return number === undefined ? (ref ?? repository ?? "") : `#${number}`;
}
