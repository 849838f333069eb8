/** One thread of a program under strace: its system calls listed, or one of them made to fail or to be the last one. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { hear, newlyTold, type Told } from "./oracle.js";

/** What is done at a system call, instead of what should happen. */
export type Fault = "EIO" | "ENOSPC" | "SIGKILL";

/** One system call of a thread: its name, and which of that name it is, from 1. */
export interface Point {
  readonly call: string;
  readonly number: number;
  /** The faults that can come to it: EIO to all, the others to those that change something. */
  readonly faults: readonly Fault[];
}

/** A fault at a point. */
export type At = Omit<Point, "faults"> & { readonly fault: Fault };

/** Calls that change what is on the disk, or how safe it is there. A kill before any other leaves what one before the next of these leaves. */
const changing =
  /^(write|pwrite64|mkdir|link|unlink|rename|fsync|fdatasync|ftruncate|fallocate|chmod|fchmod|utimensat)$/;

/** A program that says `ready PID [TID]` and waits for a line. */
export interface Traced {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Folder for the log of strace. */
  readonly scratch: string;
  /** The thread to hold: the main one, or the one that the program names besides. */
  readonly thread: "main" | "pool";
  /** Only calls that name a path below this one are faulted. */
  readonly home: string;
}

/** How it went. */
export interface Ended {
  readonly told: Told;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines of strace. */
  readonly calls: readonly string[];
}

/** Why nothing can be traced here; undefined where it can. */
export function whyNot(): string | undefined {
  const tried = spawnSync("strace", ["-qq", "-e", "trace=none", "-e", "inject=getpid:error=EIO", "true"]);
  if (tried.error) return "strace is not installed";
  return tried.status === 0 ? undefined : "strace may not trace here, or is too old to inject faults";
}

/** Runs a program with one fault, or with none. */
export async function runTraced(traced: Traced, fault?: At): Promise<Ended> {
  const { command, args, env, scratch, thread } = traced;
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const told = newlyTold();
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data));
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [ready] = await Promise.race([once(lines, "line"), ended]);
  if (typeof ready !== "string") throw new Error(`${command} did not start: ${stderr}`);
  lines.on("line", (line) => hear(told, line));
  const closed = once(lines, "close");
  const [, pid, pool] = ready.split(" ");
  const log = join(scratch, `strace-${child.pid}`);
  const tracer = await hold(thread === "main" ? (pid ?? String(child.pid)) : String(pool), log, fault);
  child.stdin.on("error", () => {});
  child.stdin.end("go\n");
  const [status, signal] = await ended;
  await closed;
  if (tracer.exitCode === null) await once(tracer, "exit");
  const calls = readFileSync(log, "utf8").split("\n");
  rmSync(log);
  return { told, stderr, status, signal, calls };
}

/** Attaches strace to one thread; returns once it holds it. */
async function hold(tid: string, log: string, fault?: At): Promise<ChildProcess> {
  const what = fault
    ? ["-e", `trace=${fault.call}`, "-e", `inject=${fault.call}:${effectOf(fault.fault)}:when=${fault.number}`]
    : [];
  const tracer = spawn("strace", ["-y", "-s", "256", "-o", log, ...what, "-p", tid], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said] = await Promise.race([once(tracer.stderr, "data"), once(tracer, "exit")]);
  if (!String(said).includes("attached")) throw new Error(`strace: ${said}`);
  return tracer;
}

function effectOf(fault: Fault): string {
  return fault === "SIGKILL" ? "signal=SIGKILL" : `error=${fault}`;
}

/** The calls that name a path in `home`, from the lines of a run without a fault. */
export function pointsIn(calls: readonly string[], home: string): Point[] {
  const counts = new Map<string, number>();
  const points: Point[] = [];
  for (const line of calls) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const number = (counts.get(call) ?? 0) + 1;
    counts.set(call, number);
    const doesChange = changing.test(call) || (call === "openat" && line.includes("O_CREAT"));
    // The kernel never fails to close a folder, and Rust's library takes that for granted: its `ReadDir` panics.
    if (call === "close" && /<[^>]*\/(state|segments|locks)>/.test(line)) continue;
    const faults: readonly Fault[] = doesChange ? ["EIO", "ENOSPC", "SIGKILL"] : ["EIO"];
    if (line.includes(home)) points.push({ call, number, faults });
  }
  return points;
}

/** Whether the fault came to a call in `home`, as the log of its run tells. */
export function wasHit({ calls }: Ended, home: string, fault: Fault): boolean {
  if (fault !== "SIGKILL") return calls.some((line) => line.includes("(INJECTED)") && line.includes(home));
  const last = calls.findLast((line) => /^\w+\(/.test(line));
  return last?.includes(home) ?? false;
}
