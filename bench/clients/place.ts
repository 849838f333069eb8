/** A machine of its own: a repository, a user, and state directories that `baton init` wired to Codex. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openHome } from "../../ts/src/home/home.js";
import { launcherPath } from "../../ts/src/init/launcher.js";
import { type BenchHome, fillHome, keepHome, workspace } from "./homes.js";

/** The command line that is measured. */
export const cli = resolve("dist/cli.js");

/** A state directory and what Codex starts of it. */
export interface WiredHome extends BenchHome {
  /** `<state>/bin/baton`. */
  readonly launcher: string;
  /** The command of the hooks in `hooks.json`. */
  readonly hookCommand: string;
}

/** A place to measure in. */
export interface Place {
  readonly root: string;
  /** A clean repository of one commit. */
  readonly repository: string;
  /** What Codex hands to hooks; names no state directory. */
  readonly env: Readonly<Record<string, string>>;
  /** A state directory of so many segments. */
  home(segments: number): WiredHome;
  remove(): void;
}

/** Makes a place in the temporary folder. */
export function makePlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "baton-bench-clients-")));
  const [repository, user] = [join(root, "repository"), join(root, "user")];
  mkdirSync(repository);
  mkdirSync(user);
  const env = { PATH: process.env.PATH ?? "", HOME: user, LANG: "C.UTF-8", TMPDIR: tmpdir(), SHELL: "/bin/sh" };
  const git = (...args: string[]): void => {
    const author = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    execFileSync("git", [...author, ...args], { cwd: repository, env, stdio: "ignore" });
  };
  git("init", "-b", "main");
  git("remote", "add", "origin", `https://${workspace}.git`);
  writeFileSync(join(repository, "package.json"), '{ "scripts": { "test": "true" } }\n');
  git("add", ".");
  git("commit", "-m", "start");
  return {
    root,
    repository,
    env,
    home(segments) {
      const dir = join(root, `state-${segments}`);
      const codex = join(root, `codex-${segments}`);
      const own = { ...env, BATON_HOME: dir, CODEX_HOME: codex, BATON_MERGE_MS: "0" };
      mkdirSync(codex);
      runBaton(["init", "--codex"], repository, own);
      const home = openHome({ home: dir, env: {} });
      home.create();
      home.key();
      fillHome(dir, segments);
      // Leaves the snapshot that the last session of such a home left.
      if (segments > 0) runBaton(["resume"], repository, own);
      const { hooks } = JSON.parse(readFileSync(join(codex, "hooks.json"), "utf8"));
      const hookCommand: string = hooks.SessionStart[0].hooks[0].command;
      return { ...keepHome(dir), launcher: launcherPath(dir, process.platform), hookCommand };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function runBaton(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): void {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`baton ${args.join(" ")} ended with ${status}: ${stderr}`);
}
