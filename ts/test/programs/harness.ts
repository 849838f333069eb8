/** Runs the real programs, built by `npm test`, on a state directory and a repository of their own. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const cli = resolve("dist/cli.js");
const doctorFile = resolve("rust/target/debug/opencode-proxy-doctor");
for (const file of [cli, doctorFile])
  if (!existsSync(file)) throw new Error(`${file} is not built: run npm test, or npm run build and cargo build`);

/** What a program printed and how it ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** A state directory beside a repository, with both programs at hand. */
export interface Place {
  readonly root: string;
  readonly home: string;
  readonly repository: string;
  /** Environment of every program; tests may change it. */
  readonly env: NodeJS.ProcessEnv;
  baton(...args: string[]): Ended;
  /** As `baton`, with something on its standard input. */
  batonWith(input: string | Uint8Array, ...args: string[]): Ended;
  doctor(...args: string[]): Ended;
  doctorWith(input: string | Uint8Array, ...args: string[]): Ended;
  /** Runs another program there, in the same environment. */
  run(command: string, ...args: string[]): Ended;
  git(...args: string[]): string;
  write(path: string, text: string): void;
  remove(): void;
}

/** The instant of most tests: 2026-11-23T17:13:20Z. */
export const instant = 1_795_454_000_000;

/** Makes a place with an empty repository whose remote is github.com/acme/proxy. */
export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "baton-programs-"));
  const home = join(root, "state");
  const repository = join(root, "repository");
  mkdirSync(repository);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH ?? "",
    HOME: join(root, "user"),
    BATON_HOME: home,
    BATON_NOW: String(instant),
    BATON_GIT_MS: "20000",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    TZ: "UTC",
  };
  const run = (command: string, args: readonly string[], input?: string | Uint8Array): Ended => {
    const result: SpawnSyncReturns<string> = spawnSync(command, args, {
      cwd: repository,
      env,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      ...(input === undefined ? {} : { input }),
    });
    return { stdout: result.stdout, stderr: result.stderr, status: result.status };
  };
  const place: Place = {
    root,
    home,
    repository,
    env,
    baton: (...args) => run(process.execPath, [cli, ...args]),
    batonWith: (input, ...args) => run(process.execPath, [cli, ...args], input),
    doctor: (...args) => run(doctorFile, args),
    doctorWith: (input, ...args) => run(doctorFile, args, input),
    run: (command, ...args) => run(command, args),
    git(...args) {
      const ended = run("git", ["-c", "user.name=a", "-c", "user.email=a@example.invalid", ...args]);
      if (ended.status !== 0) throw new Error(`git ${args[0]}: ${ended.stderr}`);
      return ended.stdout.trim();
    },
    write(path, text) {
      writeFileSync(join(repository, path), text);
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
  place.git("init", "-q", "-b", "main");
  place.git("remote", "add", "origin", "https://github.com/Acme/Proxy.git");
  return place;
}

/** Standard output of a program that has to succeed. */
export function ok(ended: Ended): string {
  if (ended.status !== 0) throw new Error(`ended with ${ended.status}: ${ended.stderr}`);
  return ended.stdout;
}
