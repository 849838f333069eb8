/** Runs a program of a client: no input, a time limit, and nothing of it left behind. */
import { spawn } from "node:child_process";

/** How a program ended. */
export interface Run {
  /** Exit code, or undefined when a signal or the time limit ended it. */
  exit: number | undefined;
  stdout: string;
  stderr: string;
  /** Wall time in milliseconds. */
  took: number;
  timedOut: boolean;
}

/** What to run and where. `timeout` is in milliseconds. */
export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  timeout: number;
  /** Sends a signal to all of it, once, when the condition holds; asked four times a second. What throws does not hold yet. */
  interrupt?: { signal: NodeJS.Signals; when: () => boolean };
}

/**
 * Runs a program with an empty stdin. At the time limit its whole process group is killed, because both clients leave
 * servers behind; on Windows, `taskkill /T` does it.
 */
export function run(program: string, args: string[], options: RunOptions): Promise<Run> {
  const windows = process.platform === "win32";
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: !windows,
      shell: windows,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let timedOut = false;
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const signal = (name: NodeJS.Signals) => {
      if (child.pid === undefined) return;
      if (windows) spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" });
      else signalGroup(child.pid, name);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      signal("SIGKILL");
    }, options.timeout);
    const look = setInterval(() => {
      if (!options.interrupt || !holds(options.interrupt.when)) return;
      clearInterval(look);
      signal(options.interrupt.signal);
    }, 250);
    child.on("error", (error) => {
      clearInterval(look);
      clearTimeout(limit);
      reject(error);
    });
    // What a client leaves behind may hold its output open: two seconds later it is ended, and so comes the "close".
    let leftovers: NodeJS.Timeout | undefined;
    child.on("exit", () => {
      clearInterval(look);
      leftovers = setTimeout(() => signal("SIGKILL"), 2000);
    });
    child.on("close", (code) => {
      clearTimeout(limit);
      clearTimeout(leftovers);
      signal("SIGKILL");
      resolve({
        exit: code ?? undefined,
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
        took: Math.round(performance.now() - began),
        timedOut,
      });
    });
  });
}

/** Sends a signal to a process and all that it started in its group; what is gone already is no error. */
export function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone already.
  }
}

function holds(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}
