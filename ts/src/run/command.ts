/** Runs a command as if nobody stood in between (docs/proof.md, RUN-001 to RUN-003). */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { isatty } from "node:tty";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { createCounter, type TestCounts } from "./counts.js";
import { openPipe } from "./pipe.js";

/** How a command ended. */
export interface Ended {
  /** Its exit status; 128 + n where signal n ended it. */
  readonly exitCode: number;
  /** Wall time in milliseconds. */
  readonly durationMs: number;
  /** Absent where no known runner printed any, or where it printed to a terminal. */
  readonly counts?: TestCounts;
}

/** Signals that are passed on. */
const signals = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** Those that a terminal sends to the command itself. */
const terminalSignals: ReadonlySet<string> = new Set(["SIGINT", "SIGQUIT"]);

/** How long a stream may be silent after the command ended, while what it left behind holds the stream open. */
const silenceMs = 2000;

/**
 * Runs the command with the streams of this process and waits for its end. Throws RUN_FAILED, with the system's code as
 * place, where it could not be started.
 */
export async function runCommand(
  argv: readonly string[],
  options: { readonly dir: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Ended> {
  const [program, ...args] = argv;
  if (program === undefined) throw batonError(errors.ARGUMENT, { place: "no command" });
  const counter = createCounter();
  const pipes = [1, 2].map((stream) => (isatty(stream) ? undefined : openPipe()));
  const [out, err] = pipes;
  const started = performance.now();
  const child = startCommand(program, args, {
    cwd: options.dir,
    env: options.env,
    stdio: [
      "inherit",
      out?.writer ?? (isatty(1) ? "inherit" : "pipe"),
      err?.writer ?? (isatty(2) ? "inherit" : "pipe"),
    ],
  });
  for (const pipe of pipes) if (pipe !== undefined) closeSync(pipe.writer);
  const ended = endOf(child);
  const forward = forwarding(child);
  for (const signal of signals) process.on(signal, forward);
  try {
    const passed = [
      passOn(out?.reader ?? child.stdout, process.stdout, counter.stream(), ended),
      passOn(err?.reader ?? child.stderr, process.stderr, counter.stream(), ended),
    ];
    const exitCode = await ended;
    const durationMs = Math.round(performance.now() - started);
    await Promise.all(passed);
    const counts = counter.counts();
    return { exitCode, durationMs, ...(counts === undefined ? {} : { counts }) };
  } finally {
    for (const pipe of pipes) pipe?.reader.destroy();
    for (const signal of signals) process.off(signal, forward);
  }
}

/** Node throws where a word holds a NUL, and gives an event where the system refuses: both are RUN_FAILED. */
function startCommand(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(program, args, options);
  } catch {
    throw batonError(errors.RUN_FAILED, { place: "EINVAL" });
  }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) reject(batonError(errors.RUN_FAILED, { place: error.code ?? "" }));
    });
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function forwarding(child: ChildProcess): (signal: NodeJS.Signals) => void {
  const isOnTerminal = isatty(0) || isatty(1) || isatty(2);
  return (signal) => {
    if (!(isOnTerminal && terminalSignals.has(signal))) child.kill(signal);
  };
}

/**
 * Passes a stream on until it ends, or is silent for a while after the command ended: a process that the command left
 * behind may hold it open for ever. Where nobody reads any more, the command gets to know as it would without us.
 */
async function passOn(
  from: Readable | null,
  to: NodeJS.WriteStream,
  see: (chunk: Uint8Array) => void,
  ended: Promise<number>,
): Promise<void> {
  if (from === null) return;
  let silence: NodeJS.Timeout | undefined;
  const giveUp = (): void => void from.destroy();
  from.on("data", (chunk: Buffer) => {
    silence?.refresh();
    see(chunk);
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  to.on("error", giveUp);
  ended.then(
    () => {
      if (!from.closed) silence = setTimeout(giveUp, silenceMs);
    },
    () => {},
  );
  await new Promise<void>((resolve) => from.once("close", resolve));
  clearTimeout(silence);
}
