/**
 * Every bug that a test or a run found in what was thought to be finished, as docs/reliability.md lists them. `npm run
 * track-record [-- COMMIT …]` shows each again: the tests of the commit that mends it, on the product of the commit before.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { realpathSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";

/** A bug that was found. */
interface Bug {
  /** The commit that mends it. */
  readonly commit: string;
  /** What somebody would have seen. */
  readonly symptom: string;
  /** Files of tests, as the mending commit has them. */
  readonly tests: readonly string[];
  /** The command that shows it. */
  readonly command: readonly [string, ...string[]];
}

const vitest = (file: string, name: string, ...more: string[]): Pick<Bug, "tests" | "command"> => ({
  tests: [file, ...more],
  command: ["npx", "vitest", "run", file, "-t", name],
});

const cargo = (test: string, name: string, ...more: string[]): Pick<Bug, "tests" | "command"> => ({
  tests: [`rust/state/tests/${test}.rs`, ...more],
  command: ["cargo", "test", "--manifest-path", "rust/Cargo.toml", "-p", "baton-state", "--test", test, name],
});

const bugs: readonly Bug[] = [
  {
    commit: "2ec7b2d",
    symptom: "where the seal of a compaction was damaged and what it replaced was gone, its records were not read",
    ...vitest("ts/test/segment/folder.test.ts", "while all that it replaces is there, and read as damaged after that"),
  },
  {
    commit: "7c2f992",
    symptom: "gc after a clock that had jumped ahead took what was young",
    ...vitest("ts/test/gc/gc.test.ts", "nothing where the clock jumped ahead"),
  },
  {
    commit: "7c2f992",
    symptom: "gc left out a record that one from the future beat, which did not win yet",
    ...vitest("ts/test/gc/gc.test.ts", "lets a record from the future win"),
  },
  {
    commit: "7c2f992",
    symptom: "a sound copy of a damaged file that came back after recover gave nothing back",
    ...cargo("recover", "a_sound_copy_that_comes_back_gives_what_was_lost"),
  },
  {
    commit: "3aa9b8e",
    symptom: "a writer that slept inside of a write acknowledged what went into a file that a compaction had deleted",
    ...vitest("ts/test/segment/writer-failures.test.ts", "inside of a write"),
  },
  {
    commit: "3aa9b8e",
    symptom: "the same in Rust",
    ...cargo("writer", "slept_inside_of_a_write", "rust/state/tests/disk/mod.rs"),
  },
  {
    commit: "53121e4",
    symptom:
      "after a power cut a durable record was gone: its file had been closed while its sync waited, and another was synced",
    ...vitest("ts/test/crash/writer.test.ts", "what a flush promises", "ts/test/crash"),
  },
  {
    commit: "53121e4",
    symptom: "a full disk, then a failed sync: numbers had a gap, and the seal did not agree",
    ...vitest("ts/test/segment/writer-failures.test.ts", "no gap"),
  },
  {
    commit: "f4ab6ce",
    symptom:
      "a segment that was moved had a seal without its highest stamp; a second sync seemed to succeed beside a failed one",
    ...vitest("ts/test/crash/writer.test.ts", "a durable writer keeps", "ts/test/crash"),
  },
  {
    commit: "5ee7970",
    symptom: "gc that slept for two days before its seal deleted a whole group that another gc had deleted the copy of",
    ...vitest("ts/test/crash/gc.test.ts", "slept", "ts/test/crash", "ts/test/gc"),
  },
  {
    commit: "98a2be5",
    symptom: "64 records on their way to the disk shared no sync: each waited for one of its own",
    ...vitest("ts/test/segment/writer.test.ts", "share the next one"),
  },
  {
    commit: "427cbdc",
    symptom:
      "Rust gave the numbers of a batch that was refused to the next one, while frames of the first were still read",
    ...cargo("writer", "what_is_left"),
  },
  {
    commit: "86329db",
    symptom:
      "gc let nothing that had expired go any more, once a program had been killed before its header was written",
    ...vitest("ts/test/gc/unsealed.test.ts", "holds no record"),
  },
  {
    commit: "08731b1",
    symptom:
      "after a power cut records were gone that one gc had copied, before it was killed, and the next one deleted",
    ...vitest("ts/test/crash/gc.test.ts", "ends what a killed one", "ts/test/crash"),
  },
];

const place = resolve("rust/target/track-record");
const copy = join(place, "before");

/** Whether the command fails on the commit before, as it must, and for its assertion. */
function doesShow({ commit, tests, command: [program, ...args] }: Bug): boolean {
  const git = (...words: string[]): void => {
    execFileSync("git", words, { stdio: "ignore" });
  };
  rmSync(copy, { recursive: true, force: true });
  git("worktree", "prune");
  git("worktree", "add", "--force", "--detach", copy, `${commit}^`);
  try {
    git("-C", copy, "checkout", commit, "--", ...tests);
    symlinkSync(realpathSync("node_modules"), join(copy, "node_modules"), "junction");
    const env = { ...process.env, CARGO_TARGET_DIR: join(place, "target") };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: copy, env, encoding: "utf8" });
    return status !== 0 && /AssertionError|panicked at/.test(stdout + stderr);
  } finally {
    git("worktree", "remove", "--force", copy);
  }
}

const chosen = process.argv.slice(2);
for (const bug of bugs.filter(({ commit }) => chosen.length === 0 || chosen.includes(commit))) {
  const shows = doesShow(bug);
  if (!shows) process.exitCode = 1;
  process.stdout.write(`${shows ? "shown" : "NOT SHOWN"} · ${bug.commit} · ${bug.symptom}\n`);
}
