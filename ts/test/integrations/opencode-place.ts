/** What the tests of the OpenCode plugin work with: a repository, a state directory, and calls of the real OpenCode. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, vi } from "vitest";
import { recordTable } from "../../src/gen/tables.js";
import type { Hooks } from "../../src/integrations/opencode/hooks.js";
import { BatonPlugin } from "../../src/integrations/opencode/index.js";
import { decodeMessage } from "../../src/record/wire.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { environmentOf, runScript } from "../git/repository.js";

/** One call of a plugin, as fixtures/clients/opencode has it. */
export interface Call {
  readonly hook: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
}

/** A repository with one commit beside a state directory, which the environment points at. */
export interface Place {
  readonly root: string;
  readonly home: string;
  readonly repository: string;
  /** The plugin, loaded as OpenCode loads it. */
  load(): Promise<Hooks>;
  /** Runs lines of sh in the repository. */
  sh(...lines: string[]): void;
  /** What is recorded of a kind, in the order of recording: its fields, with the session's alias. */
  recorded(kind: string): Record<string, unknown>[];
  /** All bytes of all files of the state directory, with their names. */
  bytes(): Buffer;
}

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function makePlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "baton-opencode-")));
  folders.push(root);
  const home = join(root, "state");
  const repository = join(root, "project");
  for (const [name, value] of Object.entries({ ...environmentOf(root), BATON_HOME: home })) vi.stubEnv(name, value);
  runScript(root, [
    "mkdir -p home project && cd project && git init -q -b main",
    "git remote add origin https://github.com/acme/widgets",
    "git commit -q --allow-empty -m start",
  ]);
  return {
    root,
    home,
    repository,
    load: () => BatonPlugin({ directory: repository, worktree: repository }),
    sh: (...lines) => runScript(root, ["cd project", ...lines]),
    recorded(kind) {
      const records = [...recordsOf(readFolder(join(home, "segments")))].map(({ payload }) =>
        decodeMessage(recordTable, payload),
      );
      return records
        .sort((a, b) => (BigInt(a.stamp as bigint) < BigInt(b.stamp as bigint) ? -1 : 1))
        .flatMap((record) => {
          const value = record[kind] as Record<string, unknown> | undefined;
          return value === undefined ? [] : [{ ...value, ...(record.session ? { session: record.session } : {}) }];
        });
    },
    bytes() {
      const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return Buffer.concat(
        files.flatMap(({ parentPath, name }) => [Buffer.from(name), readFileSync(join(parentPath, name))]),
      );
    },
  };
}

/** Writes a check into the repository that ends with a status. */
export function writeCheck(place: Place, exit: number): void {
  const file = join(place.repository, "gradlew");
  writeFileSync(file, `#!/bin/sh\nexit ${exit}\n`);
  chmodSync(file, 0o755);
}

/** The calls of a session of the real OpenCode, in the repository of the place. */
export function callsOf(session: string, place: Place): Call[] {
  const text = readFileSync(`fixtures/clients/opencode/${session}.json`, "utf8");
  return JSON.parse(text.replaceAll("/machine/project", place.repository)).calls;
}

/** Makes a call of the hooks, as OpenCode makes it. */
export async function make(hooks: Hooks, { hook, input, output }: Call): Promise<void> {
  if (hook === "event") await hooks.event({ event: input });
  else if (Object.hasOwn(hooks, hook)) await hooks[hook as keyof Hooks](input, output);
}

/** A value that tells which paths in it were read; numbers of lists are written `*`. */
export function watched<T>(value: T, seen: Set<string>, path = ""): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, name) {
      const found = Reflect.get(target, name);
      if (typeof name === "symbol" || typeof found === "function") return found;
      const below = Array.isArray(target) ? (name === "length" ? "" : "*") : name;
      const place = [path, below].filter((part) => part !== "").join(".");
      if (typeof found !== "object" || found === null) seen.add(place);
      return watched(found, seen, place);
    },
  });
}
