/**
 * `npm run strace`: each system call on the state directory of a fixed scenario fails with EIO, each that changes something with ENOSPC too,
 * and SIGKILL comes before it; in both languages, each read by both afterwards. Prints a table.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readState } from "../../ts/src/client/state.js";
import { openHome } from "../../ts/src/home/home.js";
import { openBaton } from "../../ts/src/index.js";
import { bundle } from "../bundle.js";
import { doctor, foundByRust, foundByTypeScript, problemsIn, programs, recordsIn } from "./found.js";
import { breaches } from "./oracle.js";
import { workspace } from "./say.js";
import { type At, type Ended, type Fault, pointsIn, runTraced, type Traced, wasHit, whyNot } from "./strace.js";

/** Whose calls are faulted. */
const subjects = ["ts main", "ts pool", "rust main"] as const;
type Subject = (typeof subjects)[number];

const why = whyNot();
if (why !== undefined) {
  process.stdout.write(`[skip] ${why}\n`);
} else {
  process.exitCode = await runMatrix();
}

/** Runs all of it; 1 where the law was broken anywhere, and where nothing was tried. */
async function runMatrix(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "baton-strace-"));
  const started = performance.now();
  try {
    execFileSync("cargo", ["build", "--quiet", "--manifest-path", "rust/Cargo.toml", "--bins"], { stdio: "inherit" });
    const scenario = bundle("conformance/system/scenario.ts", scratch);
    let failures = 0;
    let points = 0;
    for (const subject of subjects) {
      const rows = await runSubject(subject, scenario, scratch);
      for (const [call, { tried, broken }] of [...rows].sort()) {
        process.stdout.write(`${subject.padEnd(10)} ${call.padEnd(12)} ${tally(tried)}  law broken ${broken.length}\n`);
        for (const line of broken) process.stdout.write(`  ${line}\n`);
        failures += broken.length;
        points += [...tried.values()].reduce((sum, count) => sum + count, 0);
      }
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(`${points} points tried, ${failures} broke the law, ${seconds} s\n`);
    return failures > 0 || points === 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Row {
  readonly tried: Map<Fault, number>;
  readonly broken: string[];
}

function tally(tried: ReadonlyMap<Fault, number>): string {
  return (["EIO", "ENOSPC", "SIGKILL"] as const)
    .map((fault) => `${fault} ${tried.get(fault) ?? 0}`.padEnd(11))
    .join(" ");
}

async function runSubject(subject: Subject, scenario: string, scratch: string): Promise<Map<string, Row>> {
  const without = await runOnce(subject, scenario, scratch);
  if (without.broken.length > 0) throw new Error(`${subject} without a fault: ${without.broken.join("; ")}`);
  const points = pointsIn(without.ended.calls, without.home);
  const work: At[] = points.flatMap(({ call, number, faults }) => faults.map((fault) => ({ call, number, fault })));
  const rows = new Map<string, Row>();
  const next = async (): Promise<void> => {
    for (let point = work.shift(); point !== undefined; point = work.shift()) {
      const row: Row = rows.get(point.call) ?? { tried: new Map(), broken: [] };
      rows.set(point.call, row);
      const { broken, isHit } = await runOnce(subject, scenario, scratch, point);
      if (isHit) row.tried.set(point.fault, (row.tried.get(point.fault) ?? 0) + 1);
      row.broken.push(...broken.map((line) => `${point.call} ${point.number} ${point.fault}: ${line}`));
    }
  };
  await Promise.all([next(), next()]);
  return rows;
}

async function runOnce(subject: Subject, scenario: string, scratch: string, at?: At) {
  const place = mkdtempSync(join(scratch, "run-"));
  const home = join(place, "state");
  const [language, thread] = subject.split(" ") as ["ts" | "rust", "main" | "pool"];
  const program =
    language === "ts"
      ? { command: process.execPath, args: [scenario, home] }
      : { command: programs.system, args: ["scenario", home] };
  // One worker, so that its calls have one order.
  const env = { PATH: process.env.PATH, HOME: place, UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" };
  const traced: Traced = { ...program, env, scratch: place, thread, home };
  try {
    const ended = await runTraced(traced, at);
    const broken = [...endOf(ended, at?.fault), ...(await judge(ended, home))];
    return { ended, home, broken, isHit: at === undefined || wasHit(ended, home, at.fault) };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** What is wrong about how the program ended: an error is told by its code, and the host goes on. */
function endOf({ told, stderr, status, signal }: Ended, fault: Fault | undefined): string[] {
  if (fault === "SIGKILL" && signal === "SIGKILL") return [];
  const lines = stderr.split("\n").filter((line) => line.startsWith("error") && !line.startsWith("error[BTN-"));
  if (status !== 0 || !told.isDone) lines.push(`ended with ${status ?? signal}: ${stderr.split("\n")[0]}`);
  if (fault === undefined) lines.push(...told.errors);
  return lines;
}

/** What both languages find afterwards, beside what was told; and whether a new recorder and all caches work. */
async function judge({ told }: Ended, home: string): Promise<string[]> {
  mkdirSync(join(home, "segments"), { recursive: true });
  const [ts, rust] = [foundByTypeScript(home), await foundByRust(home)];
  const broken = breaches(told, recordsIn(rust), true);
  if (ts.lines.join() !== rust.lines.join()) broken.push("the languages find other records");
  if (ts.verify !== rust.verify) broken.push("the languages find other damage");
  if (problemsIn(rust) > 0) broken.push(`damage that nobody made: ${rust.verify}`);
  const before = new Set(recordsIn(rust).map(({ name }) => name));
  const baton = openBaton({ client: "cli", home, workspace });
  baton.record("handoffNote", { text: "keep-1-9-9" });
  await baton.close();
  const after = recordsIn(await foundByRust(home)).map(({ name }) => name);
  if (after.length !== before.size + 1 || !after.includes("keep-1-9-9")) broken.push("a new recorder does not work");
  const winners = () => readState(openHome({ home, env: {} }), Date.now()).folded.winners.map((one) => one.record.seq);
  const known = winners().join();
  rmSync(join(home, "latest.json"), { force: true });
  if (winners().join() !== known) broken.push("the snapshot answers wrongly");
  const cached = await doctor(home, "resume", "--workspace", workspace);
  rmSync(join(home, "index.redb"), { force: true });
  if ((await doctor(home, "resume", "--workspace", workspace)) !== cached) broken.push("the index answers wrongly");
  return broken;
}
