/** Places where something is wrong: disks that are full or read-only, other users, few open files. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { programs } from "./found.js";
import { hear, newlyTold, type Told } from "./oracle.js";

for (const file of [programs.baton, programs.doctor])
  if (!existsSync(file)) throw new Error(`${file} is not built: run npm run build and cargo build`);

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Words before a command that run it as another user; the file of the program must be readable for that one. */
export const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;

/** Runs a program to its end. `before` are the words of `prlimit` or `setpriv`. */
export function run(words: readonly string[], init: { before?: readonly string[]; home: string }): Ended {
  const [command = "", ...args] = [...(init.before ?? []), ...words];
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", BATON_HOME: init.home, BATON_MERGE_MS: "0", TZ: "UTC" };
  return spawnSync(command, args, { env, encoding: "utf8", cwd: "/", maxBuffer: 1 << 28 });
}

/** Words that run `baton` and the doctor. */
export const baton = (...words: readonly string[]): string[] => [process.execPath, programs.baton, ...words];
export const doctor = (...words: readonly string[]): string[] => [programs.doctor, ...words];

/** A host that runs on: `host.ts`. */
export interface Host {
  readonly child: ChildProcess;
  readonly told: Told;
  /** Lines that are not the oracle's. */
  readonly lines: string[];
  /** Gives an order and waits until it is done. */
  order(line: string): Promise<void>;
  /** Ends it, and gives its status. */
  end(): Promise<number | null>;
}

/** Starts a host from a bundle of `host.ts`. */
export async function startHost(bundle: string, home: string, before: readonly string[] = []): Promise<Host> {
  const [command = "", ...args] = [...before, process.execPath, bundle, home];
  const child = spawn(command, args, { cwd: "/", stdio: ["pipe", "pipe", "pipe"], env: { PATH: process.env.PATH } });
  const told = newlyTold();
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data));
  const ended = once(child, "exit");
  const input = createInterface({ input: child.stdout });
  const closed = once(input, "close");
  input.on("line", (line) => {
    if (line === "ok") waiting.shift()?.();
    else if (!hear(told, line)) lines.push(line);
  });
  return {
    child,
    told,
    lines,
    async order(line) {
      const done = new Promise<void>((resolve) => waiting.push(resolve));
      child.stdin.write(`${line}\n`);
      const [status] = (await Promise.race([done, ended])) ?? [];
      if (status !== undefined) throw new Error(`the host ended with ${status}: ${stderr}`);
    },
    async end() {
      child.stdin.end();
      const [status] = await ended;
      await closed;
      return status;
    },
  };
}

/** A disk of one MiB, mounted in a folder of its own; undefined where nothing may be mounted. */
export function smallDisk(): { readonly dir: string; remount(how: string): void; remove(): void } | undefined {
  const dir = mkdtempSync(join(tmpdir(), "baton-disk-"));
  const mount = (...words: readonly string[]): boolean => spawnSync("mount", [...words, dir]).status === 0;
  if (!mount("-t", "tmpfs", "-o", "size=1m,mode=0755", "none")) {
    rmSync(dir, { recursive: true });
    return undefined;
  }
  return {
    dir,
    remount(how) {
      if (!mount("-o", `remount,${how}`)) throw new Error(`remount,${how} failed`);
    },
    remove() {
      spawnSync("umount", ["--lazy", dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A folder that everybody may enter. */
export function openFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "baton-faults-"));
  chmodSync(dir, 0o755);
  return dir;
}
