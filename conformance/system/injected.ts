/** One run of the fixed scenario with one fault, judged by both languages. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readState } from "../../ts/src/client/state.js";
import { openHome } from "../../ts/src/home/home.js";
import { openBaton } from "../../ts/src/index.js";
import { doctorAt, foundByRust, foundByTypeScript, problemsIn, programs, recordsIn } from "./found.js";
import { breaches } from "./oracle.js";
import { workspace } from "./say.js";
import { type At, type Ended, type Fault, pointsIn, runTraced, type Traced, wasHit } from "./strace.js";

/** Whose calls are faulted. */
export const subjects = ["rust main", "ts pool", "ts main"] as const;
export type Subject = (typeof subjects)[number];

/** Every fault at every call on the state directory, from a run without one. Throws where that one breaks the law. */
export async function faultsOf(subject: Subject, scenario: string, scratch: string): Promise<At[]> {
  const { ended, home, broken } = await runOnce(subject, scenario, scratch);
  if (broken.length > 0) throw new Error(`${subject} without a fault: ${broken.join("; ")}`);
  return pointsIn(ended.calls, home).flatMap(({ call, number, faults }) =>
    faults.map((fault) => ({ call, number, fault })),
  );
}

/** How one run went. */
export interface Outcome {
  readonly ended: Ended;
  /** The state directory, which is gone. */
  readonly home: string;
  /** Where it broke the law, or what was promised besides: a line each. */
  readonly broken: readonly string[];
  /** Whether the fault came to a call on the state directory. */
  readonly isHit: boolean;
}

/** Runs the scenario of a subject, with a fault where one is given, and judges what it leaves. `scenario` is the bundle. */
export async function runOnce(subject: Subject, scenario: string, scratch: string, at?: At): Promise<Outcome> {
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
    const isHit = at === undefined || wasHit(ended, home, at.fault);
    // A fault that came to a call of the runtime on itself may end it: libuv aborts where it cannot wake a thread.
    const broken = [...(isHit ? endOf(ended, at?.fault) : []), ...(await judge(ended, home))];
    return { ended, home, broken, isHit };
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
  const after = recordsIn(foundByTypeScript(home)).map(({ name }) => name);
  if (after.length !== before.size + 1 || !after.includes("keep-1-9-9")) broken.push("a new recorder does not work");
  const winners = () => readState(openHome({ home, env: {} }), Date.now()).folded.winners.map((one) => one.record.seq);
  const known = winners().join();
  rmSync(join(home, "latest.json"), { force: true });
  if (winners().join() !== known) broken.push("the snapshot answers wrongly");
  if (!existsSync(join(home, "index.redb"))) return broken;
  // A brief tells ages in minutes: both by one clock.
  const brief = (): Promise<string> => doctorAt(now, home, "resume", "--workspace", workspace);
  const now = String(Date.now());
  const cached = await brief();
  rmSync(join(home, "index.redb"));
  if ((await brief()) !== cached) broken.push("the index answers wrongly");
  return broken;
}
