/** `baton note`: one guarded line for whoever comes next. */
import { type Command, Option } from "commander";
import { addNote, type NoteCategory, noteCategories } from "../../client/notes.js";
import { contextOf, printId, type SharedOptions, shared } from "../context.js";

interface NoteOptions extends SharedOptions {
  readonly category: NoteCategory;
}

/** Adds the command. */
export function registerNote(program: Command): void {
  shared(program.command("note"))
    .description("leave a note of one line to the next session")
    .argument("<text>", "at most 200 bytes and 40 words")
    .addOption(new Option("--category <category>", "what it is about").choices(noteCategories).default("note"))
    .option("--workspace <name>", "another workspace than the current one")
    .addHelpText("after", '\nExample:\n  baton note "the flaky test is test_login" --category finding')
    .action(async (text: string, options: NoteOptions) => {
      const context = contextOf(options, { writes: true });
      printId(context, await addNote(context, text, options.category));
    });
}
