/** The processes of a soak: started, heard, stopped and killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { programs } from "./found.js";
import { hear, type Told } from "./oracle.js";

/** What processes are started with. */
export interface Ship {
  /** State directory. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Bundles of `write.ts` and `follow.ts`. */
  readonly write: string;
  readonly follow: string;
  /** What all writers and readers told. */
  readonly told: Told;
  /** What went wrong besides the law: ends that nobody caused. */
  readonly failures: string[];
}

/** A process. */
export interface Member {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Segment that it last wrote to, as it told. */
  segment: string | undefined;
  /** Lines that are not the oracle's. */
  readonly lines: string[];
}

/** How a process is started. */
export interface StartInit {
  readonly env?: NodeJS.ProcessEnv;
  /** What it may say on stderr where it refuses with status 1. */
  readonly refusal?: string;
}

/** Starts a process. One that ends otherwise than with 0, by SIGKILL or with a refusal that may be is a failure. */
export function start(ship: Ship, [command, ...args]: readonly [string, ...string[]], init: StartInit = {}): Member {
  const { env = ship.env, refusal } = init;
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data));
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, "close");
  const member: Member = { child, ended: once(child, "exit").then(() => closed), segment: undefined, lines: [] };
  lines.on("line", (line) => {
    if (!hear(ship.told, line)) member.lines.push(line);
    else if (line.startsWith("ack ")) member.segment = ship.told.lastSegment;
  });
  child.once("exit", (status, signal) => {
    const mayRefuse = status === 1 && refusal !== undefined && stderr.includes(refusal);
    if (status === 0 || signal === "SIGKILL" || mayRefuse) return;
    ship.failures.push(`${command} ${args.join(" ")} ended with ${status ?? signal}: ${stderr}`);
  });
  return member;
}

/** Starts the writer of a place: the last two are of Rust, every second one is durable. `clocks` says how they may be wrong. */
export function startWriter(ship: Ship, place: { slot: number; count: number }, seed: number, clocks: Clocks): Member {
  const { slot, count } = place;
  const words = [ship.home, `${slot}`, `${count}`, `${seed}`, slot % 2 === 0 ? "durable" : "written", clocks];
  return start(ship, slot < 6 ? [process.execPath, ship.write, ...words] : [programs.system, "write", ...words]);
}

/** Whether clocks may stand ten years behind, or ahead too: one record from the future keeps every index from being built. */
export type Clocks = "behind" | "any";

/** Asks a process to end, and waits. */
export async function endOf({ child, ended }: Member): Promise<void> {
  child.kill("SIGCONT");
  child.stdin?.end();
  await ended;
}

/** Kills a process, and waits. */
export async function kill({ child, ended }: Member): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

/** Stops a process for so many milliseconds. */
export async function stopFor({ child }: Member, ms: number): Promise<void> {
  child.kill("SIGSTOP");
  await pause(ms);
  child.kill("SIGCONT");
}
