/** `baton export`: every record as a line, or the usage lines as the proxy wrote them. */
import type { Command } from "commander";
import { errors } from "../../gen/tables.js";
import { batonError } from "../../record/error.js";
import { readFolder, recordsOf } from "../../segment/folder.js";
import { exportUsage } from "../../usage/export.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { exportLine, inExportOrder } from "../jsonl.js";
import { print } from "../output.js";

/** Adds the command. */
export function registerExport(program: Command): void {
  shared(program.command("export"))
    .description("print every record as one JSON line, or the usage lines as the proxy wrote them")
    .argument("[what]", "usage")
    .option("--jsonl", "every record as one line")
    .addHelpText("after", "\nExamples:\n  baton export --jsonl\n  baton export usage > usage.jsonl")
    .action((what: string | undefined, options: SharedOptions & { readonly jsonl?: boolean }) => {
      const context = contextOf(options);
      const records = recordsOf(readFolder(context.home.segments));
      if (what === "usage") {
        for (const line of exportUsage(records)) print(`${line}\n`);
      } else if (what === undefined && options.jsonl === true) {
        for (const record of inExportOrder(records)) print(`${exportLine(record)}\n`);
      } else throw batonError(errors.ARGUMENT, { place: "say `export usage` or `export --jsonl`" });
    });
}
