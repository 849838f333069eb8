/** `baton resume`: the brief of the workspace that holds the current directory. */
import { type Command, Option } from "commander";
import writeFileAtomic from "write-file-atomic";
import { briefHere } from "../../client/brief.js";
import { saveSnapshot } from "../../client/snapshot.js";
import { BriefSchema } from "../../gen/baton/state/v1/brief_pb.js";
import { briefTable, errors } from "../../gen/tables.js";
import { batonError } from "../../record/error.js";
import { codeOf } from "../../segment/system.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { jsonOf } from "../json.js";
import { print } from "../output.js";

interface ResumeOptions extends SharedOptions {
  readonly reason: "startup" | "compact";
  readonly write?: string;
}

/** Adds the command. */
export function registerResume(program: Command): void {
  shared(program.command("resume"))
    .description("print the brief of the workspace that holds the current directory")
    .option("--workspace <name>", "another workspace, as `baton status` names it")
    .addOption(
      new Option("--reason <reason>", "why it is asked for").choices(["startup", "compact"]).default("startup"),
    )
    .option("--write <file>", "write it to a file instead, atomically")
    .addHelpText("after", "\nExample:\n  baton resume --workspace github.com/owner/repo")
    .action(async (options: ResumeOptions) => {
      const context = contextOf(options);
      const { brief, state } = briefHere(context, options);
      const text = context.json ? jsonOf(BriefSchema, briefTable, brief) : brief.text;
      if (options.write === undefined) print(text);
      else await writeBrief(options.write, text);
      await saveSnapshot(context.home, state);
    });
}

/** Writes the file in one step. Throws ARGUMENT, with the system's code as place, where it cannot be written. */
async function writeBrief(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (error) {
    throw batonError(errors.ARGUMENT, { place: `file of --write cannot be written, ${codeOf(error)}` });
  }
}
