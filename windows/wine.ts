/**
 * A user of Windows, as wine plays one: an environment and folders of their own, and programs to run.
 *
 * Every program is started by a batch file, because wine takes PATH, LOCALAPPDATA and their like from nowhere else, tells
 * its own exit codes only by their low 8 bits, and node.exe prints nowhere but into files.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Where `npm run test:windows` put what tests need; it names them in the environment. */
export const [doctor, launcher, node, linuxDoctor] = [
  "BATON_WINDOWS_DOCTOR",
  "BATON_WINDOWS_LAUNCHER",
  "BATON_WINDOWS_NODE",
  "BATON_LINUX_DOCTOR",
].map((name) => {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set: run npm run test:windows`);
  return path;
}) as [string, string, string, string];

/** The command line of Baton, for both Nodes. */
export const cli = join(root, "dist/cli.js");

/** Longer than anything here takes on a slow machine, in milliseconds. */
const patience = 120_000;

/** A program with its arguments, and what is special about its run. */
export interface Start {
  readonly program: string;
  readonly args: readonly string[];
  /** Variables besides those of the user; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What it reads; nothing where absent. */
  readonly stdin?: string;
}

/** What a run came to. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user with folders below one that goes away with `remove`. */
export interface User {
  /** Path of a file of theirs, on Linux; without a name their folder. */
  path(name?: string): string;
  /** The state directory that %LOCALAPPDATA% gives. */
  readonly home: string;
  /** The same fixed moment for all programs. */
  readonly now: string;
  /** Puts a batch file on PATH. */
  program(name: string, script: string): void;
  /** Runs a program to its end. */
  run(start: Start): Run;
  /** Starts a program. */
  start(start: Start): Running;
  remove(): void;
}

/** A program that runs. */
export interface Running {
  /** What it printed on stderr until now. */
  stderr(): string;
  /** Waits for its end. */
  end(): Promise<Run>;
}

/** A path of Linux as Windows writes it: wine shows all of Linux as drive Z. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** A new user, without any program but those of Windows on PATH. */
export function createUser(): User {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "baton-windows-")));
  const path = (name = ""): string => join(folder, name);
  for (const name of ["profile", "local", "programs", "work", "runs"]) mkdirSync(path(name));
  const now = "1795000000000";
  const programs = [windowsPath(path("programs")), "C:\\windows\\system32", "C:\\windows"].join(";");
  const own = {
    LOCALAPPDATA: windowsPath(path("local")),
    USERPROFILE: windowsPath(path("profile")),
    APPDATA: windowsPath(path("profile")),
    PATH: programs,
    BATON_NOW: now,
    TZ: "UTC",
    // A port that nothing listens on.
    PORT: "9",
    BATON_PROXY_MS: "60000",
  };
  let runs = 0;
  const prepare = ({ program, args, env, stdin }: Start): Prepared => {
    const files = path(`runs/${runs++}`);
    mkdirSync(files);
    writeFileSync(join(files, "stdin"), stdin ?? "");
    const streams = ["<stdin", ">stdout", "2>stderr"].map((stream) => {
      const [redirect = "", name = ""] = stream.split(/(?=std)/);
      return `${redirect}${quoted(windowsPath(join(files, name)))}`;
    });
    const lines = [
      "@echo off",
      ...Object.entries({ ...own, ...env }).map(([name, value]) => `set "${name}=${escaped(value ?? "")}"`),
      `cd /d ${quoted(windowsPath(path("work")))}`,
      `${[windowsPath(program), ...args].map(quoted).join(" ")} ${streams.join(" ")}`,
      // The other way round, a digit before `>` would be a stream.
      `>${quoted(windowsPath(join(files, "code")))} echo %ERRORLEVEL%`,
    ];
    writeFileSync(join(files, "run.bat"), lines.map((line) => `${line}\r\n`).join(""));
    return { files, command: ["cmd", "/d", "/c", windowsPath(join(files, "run.bat"))] };
  };
  return {
    path,
    home: path("local/baton"),
    now,
    program: (name, script) => writeFileSync(path(`programs/${name}.cmd`), `@echo off\r\n${script}\r\n`),
    run(start) {
      const { files, command } = prepare(start);
      const { error } = spawnSync("wine", command, { env: wineEnvironment(), stdio: "ignore", timeout: patience });
      if (error) throw error;
      return runOf(files);
    },
    start(start) {
      const { files, command } = prepare(start);
      const child = spawn("wine", command, { env: wineEnvironment(), stdio: "ignore" });
      return { stderr: () => readIfThere(join(files, "stderr")), end: () => ended(child, files) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

interface Prepared {
  readonly files: string;
  readonly command: string[];
}

function runOf(files: string): Run {
  const read = (name: string): string => readFileSync(join(files, name), "utf8");
  return { code: Number(read("code")), stdout: read("stdout"), stderr: read("stderr") };
}

async function ended(child: ChildProcess, files: string): Promise<Run> {
  await until("the program ends", () => child.exitCode !== null || child.signalCode !== null);
  return runOf(files);
}

/** What wine itself needs of Linux, and nothing that a program could read. */
function wineEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "LANG", "WINEPREFIX", "WINEDEBUG", "WINEARCH", "WINEDLLOVERRIDES"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? ""]] : [])));
}

/** Waits for what must come. */
export async function until(what: string, isThere: () => boolean): Promise<void> {
  const start = performance.now();
  while (!isThere()) {
    if (performance.now() - start > patience) throw new Error(`${what}: not within ${patience / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** A word of a command line; batch files know no quote in a word, and read other letters than those of ASCII otherwise. */
function quoted(word: string): string {
  if (/["\u0080-\uffff]/.test(word)) throw new Error("a quote or a letter that cannot be passed through a batch file");
  return /^[\w.:\\/-]+$/.test(word) ? word : `"${escaped(word)}"`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}
