/** `baton gc`: the space of what no reader asks for any more, given back. */
import type { Command } from "commander";
import { mostReadAgain, saveSnapshot } from "../../client/snapshot.js";
import { collectGarbage, type GcInit } from "../../gc/gc.js";
import type { GcReport } from "../../gc/report.js";
import { GcReportSchema } from "../../gen/baton/segment/v1/gc_pb.js";
import { segmentGcReportTable } from "../../gen/tables.js";
import { version } from "../../library/version.js";
import { BatonError } from "../../record/error.js";
import { openingError, WriteFailure } from "../../segment/files.js";
import { codeOf } from "../../segment/system.js";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { jsonOf } from "../json.js";
import { columns, print } from "../output.js";

interface GcOptions extends SharedOptions {
  readonly dryRun?: boolean;
}

/** Adds the command. */
export function registerGc(program: Command): void {
  shared(program.command("gc"))
    .description("give back the space of what is superseded or past retention")
    .option("--dry-run", "say what would go and why, and change nothing")
    .addHelpText("after", "\nExample:\n  baton gc --dry-run")
    .action(async (options: GcOptions) => {
      const context = contextOf(options);
      const { home, now } = context;
      const isDryRun = options.dryRun === true;
      if (!isDryRun) home.create();
      const { retention } = home.config();
      const writer = { writerName: "baton-ts", writerVersion: version };
      const report = collect({ home: home.dir, ...writer, now, retention, isDryRun });
      if (!isDryRun && report.bytesAfter <= mostReadAgain) await saveSnapshot(home, context.state());
      print(context.json ? jsonOf(GcReportSchema, segmentGcReportTable, report) : table(report));
    });
}

/** As `collectGarbage`; what the file system refuses is told by its code, without a path. */
function collect(init: GcInit): GcReport {
  try {
    return collectGarbage(init);
  } catch (error) {
    const isRefused = error instanceof WriteFailure || codeOf(error) !== "unknown";
    throw isRefused && !(error instanceof BatonError) ? openingError(error) : error;
  }
}

function table({ dryRun, kinds, segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, leftAlone }: GcReport): string {
  const rows = [["KIND", "KEPT", "SUPERSEDED", "EXPIRED", "TWICE"]];
  for (const { kind, kept, superseded, expired, twice } of kinds)
    rows.push([kind, ...[kept, superseded, expired, twice].map(String)]);
  const lines = [
    `${segmentsBefore} segments, ${bytesBefore} bytes before; ${segmentsAfter} segments, ${bytesAfter} bytes after`,
    `${leftAlone} segments left alone${dryRun ? "; nothing was changed" : ""}`,
  ];
  return `${kinds.length > 0 ? columns(rows) : ""}${lines.join("\n")}\n`;
}
