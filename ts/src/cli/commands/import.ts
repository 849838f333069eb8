/** `baton import`: takes over the proxy's usage lines, or records in their inspectable form. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { retentionDays } from "../../fold/state.js";
import { errors } from "../../gen/tables.js";
import { keyId, now } from "../../home/home.js";
import { knownTo } from "../../home/known.js";
import type { BatchRecord } from "../../index.js";
import { version } from "../../library/version.js";
import { batonError } from "../../record/error.js";
import { readFolder, recordsOf } from "../../segment/folder.js";
import { codeOf } from "../../segment/system.js";
import { openWriter } from "../../segment/writer.js";
import { followUsage } from "../../usage/follow.js";
import { type ImportOptions, type ImportRecord, type ImportReport, importUsage } from "../../usage/import.js";
import { usagePath } from "../../usage/path.js";
import { usageKind } from "../../usage/stored.js";
import { type Context, contextOf, ExitStatus, type SharedOptions, shared } from "../context.js";
import { allOfStdin } from "../input.js";
import { canonical } from "../json.js";
import { importLines, type LinesReport } from "../jsonl.js";
import { print, tell } from "../output.js";

interface ImportCommandOptions extends SharedOptions {
  readonly jsonl?: boolean;
  readonly follow?: boolean;
}

/** Adds the command. */
export function registerImport(program: Command): void {
  shared(program.command("import"))
    .description("take over the proxy's usage lines, or records in their inspectable form from stdin")
    .argument("[what]", "usage")
    .argument("[file]", "usage.jsonl (else USAGE_DB_PATH, else the proxy's own)")
    .option("--follow", "go on as the file grows, until interrupted")
    .option("--jsonl", "records as `export --jsonl` prints them, from stdin")
    .addHelpText("after", "\nExamples:\n  baton import usage\n  baton export --jsonl --home old | baton import --jsonl")
    .action(async (what: string | undefined, file: string | undefined, options: ImportCommandOptions) => {
      const context = contextOf(options, { writes: true });
      if (what === "usage" && options.jsonl !== true) await importUsageFile(context, file, options.follow === true);
      else if (what === undefined && options.jsonl === true) await importRecords(context);
      else throw batonError(errors.ARGUMENT, { place: "say `import usage [file]` or `import --jsonl`" });
    });
}

async function importRecords(context: Context): Promise<void> {
  const { home } = context;
  home.create();
  const writer = openWriter({
    dir: home.segments,
    durability: "durable",
    writerName: "baton-ts",
    writerVersion: version,
    now: () => context.now,
    keyId: keyId(home.key()),
  });
  let report: LinesReport;
  try {
    const known = recordsOf(readFolder(home.segments));
    report = importLines(
      allOfStdin(),
      known,
      (record, origin) => writer.put(record, origin),
      knownTo(process.env, home),
    );
    writer.commit();
    await writer.flush();
  } finally {
    writer.close();
  }
  for (const { line, code, reason } of report.refused) tell(`error[${code}]: line ${line}, ${reason}`);
  if (report.refused.length > 0) tell(`help: ${errors.IMPORT_LINE.remedy}`);
  context.say(`${report.added} of ${report.lines} records added, ${report.known} known`);
  if (context.json) print(`${canonical(report)}\n`);
  if (report.refused.length > 0) throw new ExitStatus(3);
}

async function importUsageFile(context: Context, file: string | undefined, follow: boolean): Promise<void> {
  const path = file ?? usagePath(process.env.USAGE_DB_PATH, homedir());
  if (path === undefined) throw batonError(errors.USAGE_FILE, { place: "USAGE_DB_PATH is off" });
  const { retention, usageProvider } = context.home.config();
  const reports: ImportReport[] = [];
  await context.record(async (baton) => {
    const take = (part: Pick<ImportOptions, "readFile" | "progress">): void => {
      const report = importUsage({
        ...part,
        locks: join(context.home.dir, "locks"),
        readRecords: () => recordsOf(readFolder(context.home.segments)),
        record: (records) => baton.recordAll(records.map(batchRecord)),
        // A following import goes on for days, so it asks the clock anew for each part.
        now: now(process.env),
        provider: usageProvider ?? "opencode-zen",
        retentionDays: retentionDays(usageKind, retention),
      });
      reports.push(report);
      tellReport(context, report);
    };
    if (!follow) take({ readFile: () => readUsage(path) });
    else {
      const stop = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
      await followUsage({
        path,
        onPart: ({ bytes, progress }) => take({ readFile: () => bytes, progress }),
        signal: stop.signal,
      });
    }
  });
  if (context.json) print(`${canonical(reports.at(-1) ?? {})}\n`);
  if (reports.some((report) => report.refused.length > 0)) throw new ExitStatus(3);
}

/** A planned record as the recorder takes it. */
function batchRecord(planned: ImportRecord): BatchRecord {
  const { observedAt } = planned;
  return "usageEvent" in planned
    ? { kind: "usageEvent", init: planned.usageEvent, observedAt }
    : { kind: "modelHealth", init: planned.modelHealth, observedAt };
}

function readUsage(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw batonError(errors.USAGE_FILE, { place: codeOf(error) });
  }
}

/** One line per refused line, then the sum. */
function tellReport(context: Context, report: ImportReport): void {
  for (const { line, field, rule } of report.refused)
    tell(
      `error[${errors.USAGE_LINE.id}]: ${errors.USAGE_LINE.cause}, line ${line}, ${field === undefined ? "" : `${field}, `}rule ${rule}`,
    );
  if (report.refused.length > 0) tell(`help: ${errors.USAGE_LINE.remedy}`);
  const parts = [
    `${report.added} of ${report.lines} lines added`,
    report.known > 0 ? `${report.known} known` : "",
    report.expired > 0 ? `${report.expired} past retention` : "",
    report.normalised > 0 ? `${report.normalised} normalised` : "",
    report.pending > 0 ? "last line not finished yet" : "",
  ];
  context.say(parts.filter((part) => part !== "").join(", "));
}
