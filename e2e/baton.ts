/** Baton itself on an isolated machine: the built programs, and what they recorded. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./clients.js";
import type { Machine } from "./isolate.js";

/** A file of `dist/`. Throws where it is not built. */
export function built(name: string): string {
  const file = join(repository, "dist", name);
  if (!existsSync(file)) throw new Error(`${file} is not built: npm run build`);
  return file;
}

/** Runs `baton` in the machine's project and gives what it prints; throws where it fails. */
export function baton(machine: Machine, ...args: string[]): string {
  return execFileSync(process.execPath, [built("cli.js"), ...args], {
    cwd: machine.project,
    env: machine.env,
    encoding: "utf8",
  });
}

/** What of a line of `baton export --jsonl` is looked at. */
interface Exported {
  readonly record: Readonly<Record<string, unknown>> & { readonly stamp: string; readonly session?: string };
}

/** What is recorded of a kind, in the order of recording: the kind's own fields, with the session's alias. */
export function recorded(machine: Machine, kind: string): (Record<string, unknown> & { readonly session?: string })[] {
  if (!existsSync(join(machine.batonHome, "segments"))) return [];
  const lines = baton(machine, "export", "--jsonl").split("\n").slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as Exported)
    .sort((a, b) => (BigInt(a.record.stamp) < BigInt(b.record.stamp) ? -1 : 1))
    .flatMap(({ record }) => {
      const value = record[kind] as Record<string, unknown> | undefined;
      return value === undefined ? [] : [{ ...value, ...(record.session ? { session: record.session } : {}) }];
    });
}

/** Every file of the state directory, with its bytes. */
export function keptFiles(machine: Machine): { name: string; bytes: Buffer }[] {
  const entries = readdirSync(machine.batonHome, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) =>
    entry.isFile() ? [{ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }] : [],
  );
}

/** The plugin as `baton init` copies it. */
export function pluginSource(): string {
  return readFileSync(built("opencode.js"), "utf8");
}
