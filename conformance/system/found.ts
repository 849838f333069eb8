/** What readers of both languages find in a state directory: the lines of an export, and what `verify` says. */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { jsonOf } from "../../ts/src/cli/json.js";
import { exportLine, inExportOrder } from "../../ts/src/cli/jsonl.js";
import { VerifyReportSchema } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import { segmentVerifyReportTable } from "../../ts/src/gen/tables.js";
import { readFolder, recordsOf } from "../../ts/src/segment/folder.js";
import { verifyFolder } from "../../ts/src/segment/verify.js";
import type { FoundRecord } from "./oracle.js";

/** The programs that are tested, as `npm test` and `cargo build` leave them. */
export const programs = {
  baton: resolve("dist/cli.js"),
  doctor: resolve("rust/target/debug/opencode-proxy-doctor"),
  system: resolve("rust/target/debug/baton-system"),
};

/** What one language finds. */
export interface Found {
  /** Lines of `export --jsonl`. */
  readonly lines: readonly string[];
  /** Output of `verify --json`. */
  readonly verify: string;
}

const run = promisify(execFile);

/** What the TypeScript side finds. */
export function foundByTypeScript(home: string): Found {
  const dir = join(home, "segments");
  return {
    lines: inExportOrder(recordsOf(readFolder(dir))).map(exportLine),
    verify: jsonOf(VerifyReportSchema, segmentVerifyReportTable, verifyFolder(dir)),
  };
}

/** What the Rust side finds. */
export async function foundByRust(home: string): Promise<Found> {
  const [lines, verify] = await Promise.all([
    doctor(home, "export", "--jsonl").then((text) => text.split("\n").slice(0, -1)),
    doctor(home, "verify", "--json"),
  ]);
  return { lines, verify };
}

/** Standard output of the doctor. Throws where it ends with anything but 0 or 1. */
export function doctor(home: string, ...words: readonly string[]): Promise<string> {
  return doctorAt("", home, ...words);
}

/** The same by a clock that stands at `now`: milliseconds since 1970, or empty for the real one. */
export async function doctorAt(now: string, home: string, ...words: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", HOME: home, TZ: "UTC", BATON_NOW: now, BATON_GIT_MS: "20000" };
  const options = { maxBuffer: 1 << 30, env };
  try {
    const { stdout } = await run(programs.doctor, [...words, "--home", home], options);
    return stdout;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (code === 1 && stdout !== undefined && stdout !== "") return stdout;
    throw error;
  }
}

/** The records of the lines, by their names. */
export function recordsIn({ lines }: Found): FoundRecord[] {
  return lines.map((line) => {
    const { writer, seq, record } = JSON.parse(line);
    const { handoffNote, usageEvent, nextAction, configFact } = record;
    const name = handoffNote?.text ?? usageEvent?.model ?? nextAction?.text ?? configFact?.value ?? line;
    return { name, writer, seq: Number(seq) };
  });
}

/** Problems that a report of `verify` counts. */
export function problemsIn({ verify }: Found): number {
  return Number(JSON.parse(verify).problems);
}
