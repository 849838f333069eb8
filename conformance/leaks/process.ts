/** Running a program to its end, with something on its standard input, or in talk with it. */
import { spawn } from "node:child_process";

/** How a program ended. */
export interface Ended {
  /** Its exit status; null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, and reads and prints lines. */
export interface Talk {
  say(line: string): void;
  /** The next line that it prints; rejects where it ends instead. */
  hear(): Promise<string>;
}

/** Where a program runs. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What it is given: a text, or somebody to talk to; its standard input ends behind either. */
export type Input = string | ((child: Talk) => Promise<void>);

/** A program that takes longer is killed. In milliseconds. */
const mostTime = 60_000;

/** Runs a program. Rejects where it cannot be started, takes too long, or the talk fails. */
export async function runProgram(program: string, args: readonly string[], place: Place, input: Input): Promise<Ended> {
  const child = spawn(program, args, { ...place, stdio: "pipe" });
  const lines = createLines();
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => lines.take(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // What does not read its input ends before it has it.
  child.stdin.on("error", () => {});
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = child.kill("SIGKILL");
  }, mostTime);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      clearTimeout(limit);
      lines.end();
      if (isLate) reject(new Error(`${program} ${args.join(" ")}: not done after ${mostTime} ms`));
      else resolve(status);
    });
  });
  try {
    if (typeof input === "string") child.stdin.end(input);
    else await input({ say: (line) => void child.stdin.write(`${line}\n`), hear: lines.next });
  } finally {
    child.stdin.end();
  }
  return { status: await ended, stdout: lines.all(), stderr: Buffer.concat(errors).toString("utf8") };
}

/** What a program prints, and its lines one by one. */
function createLines() {
  let text = "";
  let at = 0;
  let hasEnded = false;
  let wake: () => void = () => {};
  return {
    take(chunk: Buffer) {
      text += chunk.toString("utf8");
      wake();
    },
    end() {
      hasEnded = true;
      wake();
    },
    all: () => text,
    async next(): Promise<string> {
      for (;;) {
        const end = text.indexOf("\n", at);
        if (end >= 0) {
          const line = text.slice(at, end);
          at = end + 1;
          return line;
        }
        if (hasEnded) throw new Error(`the program has ended, after ${JSON.stringify(text.slice(-200))}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
