/**
 * Text that must stay where it is: put everywhere in a session that users, models and tools write, and looked for in all
 * that Baton keeps and prints.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { searchFor } from "../conformance/leaks/search.js";
import { printed, stderrFile } from "./baton.js";
import { type Pinned, repository } from "./clients.js";
import { describeWith, type Ground } from "./ground.js";
import type { Machine } from "./isolate.js";

/** One for each place of a session. All have the same word in them, so a part of one is found as well. */
export const canary = {
  prompt: "canary-prompt",
  answer: "canary-answer",
  /** What the model says besides: reasoning, titles, summaries, errors of the provider. */
  aside: "canary-aside",
  output: "canary-output",
  /** An argument of a command that is no check. */
  argument: "canary-argument",
  /** Content of a file in the project, and a part of its name. */
  file: "canary-file",
  variable: "canary-variable",
  /** The key for the provider, in the form of a real one. */
  key: `sk-${"canary0".repeat(6)}`,
} as const;

/** The file in the project whose content is `canary.file`. */
export const canaryFile = `${canary.file}.txt`;

/** Puts into the machine what is there before a session: a file, a variable, a key. */
export function plant({ project, env }: Machine): void {
  writeFileSync(join(project, canaryFile), `${canary.file}\n`);
  env.E2E_CANARY = canary.variable;
  env.MOCK_API_KEY = canary.key;
}

/** Finds canaries in whatever form. */
const canariesIn = searchFor(
  Object.entries(canary).map(([channel, marker]) => ({ channel, marker })),
  "canary",
);

/** What is never kept or printed besides canaries: by their form the ids that the clients and the mock give. */
const never: readonly [string, RegExp][] = [
  ["an id of Codex", /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i],
  ["an id of OpenCode", /(ses|msg|prt|evt|per)_[0-9A-Za-z]{20}/],
  ["an id of a call", /(call|resp|chatcmpl)[_-]\d/],
  ["a header with a key", /Bearer /i],
];

/** Files of the state directory that name this installation and this machine, and nothing else does (docs/integrations.md). */
const mayNamePaths = ["init.json", join("bin", "baton"), join("bin", "baton.cmd")];

/**
 * Where something stands that never may, a line each: in the bytes and names of all files of the state directory, in
 * what `export --jsonl`, `status --json` and `resume` print, and in what Baton has written on standard error.
 */
export async function leaks(machine: Machine): Promise<string[]> {
  const found = entriesOf(machine.batonHome).flatMap((path) => {
    const name = relative(machine.batonHome, path);
    const checked = mayNamePaths.includes(name) ? never : forbidden(machine);
    return [...findings("a name", name, checked), ...findings(name, bytesOf(path), checked)];
  });
  const commands = existsSync(machine.batonHome) ? [["export", "--jsonl"], ["status", "--json"], ["resume"]] : [];
  const outputs = await Promise.all(commands.map((args) => printed(machine, ...args)));
  const said = outputs.flatMap((text, at) => findings(`baton ${commands[at]?.join(" ")}`, text, forbidden(machine)));
  return [...found, ...said, ...findings("standard error", bytesOf(stderrFile(machine)), forbidden(machine))];
}

function forbidden({ root }: Machine): [string, RegExp][] {
  const paths = [root, repository, process.execPath].flatMap((path) => [path, JSON.stringify(path).slice(1, -1)]);
  return [...never, ["a path", new RegExp(paths.map((path) => path.replace(/[^\w/]/g, "\\$&")).join("|"), "i")]];
}

/** All bytes of the files below some folders: to see that what was planted did get there. */
export function bytesBelow(...folders: string[]): string {
  return folders.flatMap(entriesOf).map(bytesOf).join("\n");
}

/** What of a text never may be in Baton. */
export function tracesIn(text: string): string[] {
  const traces = [["a canary", /canary/i] as const, ...never];
  return traces.flatMap(([what, form]) => (form.test(text) ? [what] : []));
}

/** `text` has one character for each byte. */
function findings(place: string, text: string, forbidden: readonly (readonly [string, RegExp])[]): string[] {
  const canaries = canariesIn(Buffer.from(text, "latin1"));
  const others = forbidden.flatMap(([what, form]) => {
    const hit = form.exec(text)?.[0];
    return hit === undefined ? [] : [`${what} in ${place}: ${hit}`];
  });
  return [...canaries.map(({ channel, form }) => `a canary in ${place}: ${channel}, ${form}`), ...others];
}

/** A file or a folder with all that is below it. */
function entriesOf(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat === undefined ? [] : [path];
  return [path, ...readdirSync(path).flatMap((name) => entriesOf(join(path, name)))];
}

/** The bytes of a file, one character each; none of a folder, and of what is not there or has just gone. */
function bytesOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/**
 * A `describe` with Baton in real clients. Canaries are planted in each machine, and after each test nothing of them may
 * have got into Baton.
 */
export function describeBaton(title: string, clients: readonly Pinned[], tests: (on: Ground) => void): void {
  describeWith(title, clients, tests, {
    aside: canary.aside,
    before({ machine }) {
      // The suite may share its machine: what is measured is not how fast git is.
      machine.env.BATON_GIT_MS = "20000";
      plant(machine);
    },
    async after({ machine }) {
      expect(await leaks(machine)).toEqual([]);
    },
  });
}
