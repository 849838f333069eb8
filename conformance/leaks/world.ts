/** A machine for one run of the programs: folders and an environment of its own, with a text in every place. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { devNull, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import type { Variant } from "./channels.js";
import type { MockProxy } from "./mock-proxy.js";
import { type Ended, type Input, runProgram, type Talk } from "./process.js";
import type { Programs } from "./programs.js";
import { outsideFile, setUp } from "./set-up.js";

/** What a step may say besides its words. */
export interface StepOptions {
  /** Nothing unless set. */
  readonly input?: Input;
  /** Whether what it prints comes from another program, and passes through. */
  readonly isForeign?: boolean;
  /** Variables besides those of the machine. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A machine. All paths are absolute and without links. */
export interface World {
  readonly variant: Variant;
  readonly programs: Programs;
  /** What `observe` asks. */
  readonly proxy: MockProxy;
  readonly home: string;
  readonly state: string;
  /** What the programs are given; they do not write here. */
  readonly inputs: string;
  /** The repository: one commit, the same everywhere, and a change. */
  readonly checkout: string;
  /** A file below `inputs` for each step: what was put under install.key, a string of JSON a line. */
  readonly traces: string;
  readonly env: Record<string, string>;
  /** Runs a script of Node under the seam, as the step of a name. */
  node(step: string, script: string, args: readonly string[], options?: StepOptions): Promise<Ended>;
  /** Runs another program. */
  run(step: string, program: string, args: readonly string[], options?: StepOptions): Promise<Ended>;
  /** What the programs printed themselves, by step. */
  readonly printed: ReadonlyMap<string, string>;
  /** All that the programs were given: environment, words, standard input, and what was there before them. */
  given(): string;
  /** Paths that the programs of Node changed and that `written` does not look at. */
  elsewhere(): string[];
  /** What was written since the machine was made, in all folders but `inputs`: bytes by path, none for a folder. */
  written(): Map<string, Buffer>;
  remove(): void;
}

/** How a machine is made. */
export interface WorldInit {
  readonly variant: Variant;
  readonly programs: Programs;
  readonly proxy: MockProxy;
  /** Where the checkout is to lie; what is there is removed. Else at a place of its own. */
  readonly checkout?: string;
  /** A machine that has run: its values stand under install.key here, each in the place of the one that comes then. */
  readonly replay?: World;
}

const seam = resolve("conformance/leaks/seam.mjs");

/** Milliseconds since 1970 of all runs: 2026-11-23T17:13:20Z. */
export const instant = 1_795_454_000_000;

/** Makes a machine below the system's temporary folder. */
export function makeWorld({ variant, programs, proxy, checkout: place, replay }: WorldInit): World {
  const { marker } = variant;
  const base = realpathSync(mkdtempSync(join(tmpdir(), "baton-leaks-")));
  const folder = (...names: string[]): string => {
    const path = join(base, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const home = folder(marker("home"));
  const state = join(home, "state");
  const inputs = folder("inputs");
  const traces = folder("inputs", "traces");
  const paths = join(inputs, "paths");
  const checkout = place ?? join(folder(marker("folder")), "project");
  const env: Record<string, string> = {
    PATH: [folder("inputs", "bin"), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: home,
    TMPDIR: folder(marker("home"), "tmp"),
    BATON_HOME: state,
    BATON_NOW: String(instant),
    // How fast git, gh and a mock are on a machine that is shared is not what is measured.
    BATON_GIT_MS: "20000",
    BATON_GH_MS: "20000",
    BATON_PROXY_MS: "20000",
    GIT_CONFIG_NOSYSTEM: "1",
    TZ: "UTC",
    LANG: "C.UTF-8",
    USER: marker("user"),
    LOGNAME: marker("user"),
    HOSTNAME: marker("host"),
    OUTSIDE: outsideFile({ inputs, variant }),
    EDITOR: variant.text("environment-value"),
    [marker("environment_name")]: variant.text("environment-value"),
    OPENAI_API_KEY: marker("key"),
    MANAGEMENT_TOKEN: marker("header"),
  };
  rmSync(checkout, { recursive: true, force: true });
  setUp({ variant, env, home, inputs, checkout });
  const folders = { home, checkout };
  const before = entriesIn(folders);
  const printed = new Map<string, string>();
  const handed: string[] = [...before.keys(), ...[...before.values()].map((bytes) => bytes.toString("latin1"))];

  async function run(step: string, program: string, args: readonly string[], options: StepOptions = {}) {
    const trace = join(traces, step);
    const former = replay && join(replay.traces, step);
    const replayed = former !== undefined && existsSync(former) ? { SEAM_REPLAY: former } : {};
    const own = { ...env, ...options.env, ...replayed, SEAM_STEP: step, SEAM_TRACE: trace, SEAM_PATHS: paths };
    handed.push(...args, ...Object.entries(own).flat());
    const { input = "" } = options;
    const heard = typeof input === "string" ? input : overheard(input, handed);
    if (typeof input === "string") handed.push(input);
    const ended = await runProgram(program, args, { cwd: checkout, env: own }, heard);
    if (options.isForeign !== true) printed.set(step, ended.stdout + ended.stderr);
    return ended;
  }

  return {
    variant,
    programs,
    proxy,
    home,
    state,
    inputs,
    checkout,
    traces,
    env,
    node: (step, script, args, options) => run(step, process.execPath, ["--import", seam, script, ...args], options),
    run,
    printed,
    given: () =>
      [...handed, ...[...entriesIn({ inputs })].flatMap(([name, bytes]) => [name, bytes.toString()])].join("\n"),
    elsewhere: () => [...new Set(valuesIn(paths))].filter((path) => path !== devNull && !isBelow(path, home, checkout)),
    written: () => new Map([...entriesIn(folders)].filter(([path, bytes]) => !before.get(path)?.equals(bytes))),
    remove: () => {
      for (const path of [base, checkout]) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** What the seam wrote into a file: a string of JSON a line; none where there is no file. */
export function valuesIn(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): string => JSON.parse(line));
}

function isBelow(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}${sep}`));
}

/** A talk of which all that is said to the program is noted. */
function overheard(talk: (child: Talk) => Promise<void>, said: string[]): Input {
  return (child) =>
    talk({
      ...child,
      say(line) {
        said.push(line);
        child.say(line);
      },
    });
}

/** Files and folders below some, by their paths behind the names that these are given here. */
function entriesIn(folders: Readonly<Record<string, string>>): Map<string, Buffer> {
  const entries = new Map<string, Buffer>();
  const visit = (path: string, name: string): void => {
    if (!lstatSync(path).isDirectory()) {
      entries.set(name, readFileSync(path));
      return;
    }
    entries.set(`${name}/`, Buffer.alloc(0));
    for (const entry of readdirSync(path).sort()) visit(join(path, entry), `${name}/${entry}`);
  };
  for (const [name, path] of Object.entries(folders)) visit(path, name);
  return entries;
}
