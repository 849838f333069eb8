/** `baton verify`: every frame of every segment looked at. Exit 1 when something asks for action. */
import type { Command } from "commander";
import { VerifyReportSchema } from "../../gen/baton/segment/v1/finding_pb.js";
import { segmentFindingTable, segmentSegmentReportTable, segmentVerifyReportTable } from "../../gen/tables.js";
import type { MessageTable } from "../../record/schema.js";
import { type VerifyReport, verifyFolder } from "../../segment/verify.js";
import { contextOf, ExitStatus, type SharedOptions, shared } from "../context.js";
import { jsonOf } from "../json.js";
import { columns, escapeForTerminal, print } from "../output.js";

/** Adds the command. */
export function registerVerify(program: Command): void {
  shared(program.command("verify"))
    .description("look at every frame of every segment")
    .addHelpText("after", "\nExample:\n  baton verify --json")
    .action((options: SharedOptions) => {
      const context = contextOf(options);
      const report = verifyFolder(context.home.segments);
      print(context.json ? jsonOf(VerifyReportSchema, segmentVerifyReportTable, report) : table(report));
      if (report.problems > 0) throw new ExitStatus(1);
    });
}

function table(report: VerifyReport): string {
  const rows = [["FILE", "BYTES", "RECORDS", "SEALED", "STANDING", "FINDINGS"]];
  for (const segment of report.segments)
    rows.push([
      escapeForTerminal(segment.file),
      String(segment.bytes),
      String(segment.records),
      segment.sealed ? "yes" : "no",
      nameOf(segmentSegmentReportTable, "standing", segment.standing),
      segment.findings
        .map(({ type, offset, length }) => `${nameOf(segmentFindingTable, "type", type)} ${offset}..${offset + length}`)
        .join(", "),
    ]);
  return `${columns(rows)}${report.records} records, ${report.problems} problems\n`;
}

/** Short name of an enum value, as words. */
function nameOf(table: MessageTable, field: string, value: number): string {
  const values = table.fields.find((candidate) => candidate.jsonName === field)?.values ?? {};
  return (Object.entries(values).find(([, number]) => number === value)?.[0] ?? String(value)).replaceAll("_", " ");
}
