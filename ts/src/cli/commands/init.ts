/** `baton init`: puts Baton into the clients' own files, and takes it out again. */
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import type { InitReport } from "../../gen/baton/state/v1/init_pb.js";
import { openHome } from "../../home/home.js";
import { userHome } from "../../home/user.js";
import type { InitOptions, InitPlace } from "../../init/init.js";
import { ExitStatus, type SharedOptions, shared } from "../context.js";
import { canonical } from "../json.js";
import { columns, escapeForTerminal, print, tell } from "../output.js";

interface InitCommandOptions extends SharedOptions, InitOptions {
  readonly check?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the command. */
export function registerInit(program: Command): void {
  shared(program.command("init"))
    .description("put Baton into Codex, OpenCode and opencode-proxy: shows a diff of each file, then writes")
    .option("--codex", "Codex alone, unless others are named too")
    .option("--opencode", "OpenCode alone, unless others are named too")
    .option("--proxy <dir>", "a checkout of opencode-proxy")
    .addOption(
      new Option(
        "--hooks <form>",
        "how hooks of Codex run: as commands, or as calls of the MCP server (faster)",
      ).choices(["command", "tool"]),
    )
    .option("--check", "write nothing; say what is not in place, and run the doctor")
    .option("--dry-run", "write nothing; show what would be done")
    .option("--remove", "take Baton out again: files become what they were")
    .addHelpText("after", "\nExamples:\n  baton init --dry-run\n  baton init --codex\n  baton init --remove")
    .action(run);
}

async function run(options: InitCommandOptions): Promise<void> {
  const { planInit } = await import("../../init/init.js");
  const home = openHome({ home: options.home, env: process.env });
  const place = placeOf(home.dir);
  const { report, apply } = planInit(options, place);
  const isWritten = !options.check && !options.dryRun;
  if (options.check) {
    const { runDoctor } = await import("../../init/check.js");
    const checked = runDoctor(place);
    if (typeof checked === "string") report.notes.push(checked);
    else report.check = checked;
  }
  // The diff comes before the first byte that is written.
  if (!options.json) printDiffs(report);
  if (isWritten) {
    if (!options.remove) home.create();
    await apply();
    report.written = true;
  }
  await show(report, options);
  const isOff = report.changes.some(({ diff }) => diff !== undefined) || (report.check?.fail ?? 0) > 0;
  if (options.check && isOff) throw new ExitStatus(1);
}

function placeOf(state: string): InitPlace {
  const env = process.env;
  return {
    state,
    env,
    platform: process.platform,
    userHome: userHome(env),
    node: process.execPath,
    dist: dirname(realpathSync(process.argv[1] ?? "")),
  };
}

/** Prints the diffs for a terminal: tabs and line ends as they are, everything else that hides in its visible form. */
function printDiffs({ changes }: InitReport): void {
  for (const line of changes.flatMap(({ diff }) => diff?.trimEnd().split(/\r?\n/) ?? []))
    print(`${line.split("\t").map(escapeForTerminal).join("\t")}\n`);
}

/** What is done, with `will` in front where it is not done yet. */
const words = [
  ["", ""],
  ["unchanged", "unchanged"],
  ["made", "to be made"],
  ["edited", "to be edited"],
  ["restored", "to be restored"],
  ["cleared of Baton's entries", "to be cleared of Baton's entries"],
  ["deleted", "to be deleted"],
  ["kept", "kept"],
] as const;

async function show(report: InitReport, options: InitCommandOptions): Promise<void> {
  if (options.json) {
    const [{ toJson }, { InitReportSchema }] = await Promise.all([
      import("@bufbuild/protobuf"),
      import("../../gen/baton/state/v1/init_pb.js"),
    ]);
    print(`${canonical(toJson(InitReportSchema, report))}\n`);
    return;
  }
  if (options.quiet) return;
  const rows = report.changes.map(({ action = 0, path = "" }) => [
    words[action]?.[report.written ? 0 : 1] ?? "",
    escapeForTerminal(path),
  ]);
  const lines = columns(rows).trimEnd();
  if (lines) tell(lines);
  if (rows.length === 0) tell("nothing of Baton is there");
  for (const check of report.check?.checks ?? [])
    tell(`[${check.status}] ${check.id} ${check.message}${check.remedy ? `; ${check.remedy}` : ""}`);
  for (const note of report.notes) tell(`note: ${escapeForTerminal(note)}`);
  if (report.written) for (const line of report.next) tell(`next: ${line}`);
}
