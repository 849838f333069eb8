/** Which commands are checks, told from their words alone; nothing is run. */
import { posix } from "node:path";
import { splitShellLine } from "../guard/shell-line.js";

/** A check in a command line of a client. */
export interface Check {
  /** The simple command that is the check, as it stands in the line. */
  readonly line: string;
  /** Its words without quotes, assignments in front of it included. */
  readonly words: readonly string[];
  /** Where it runs, relative to where the line does, where the line changes there first. */
  readonly dir?: string;
}

/** Words that make a program with its subcommand a check; an empty list: every use of it is one. */
const runners: Readonly<Record<string, readonly string[]>> = {
  ava: [],
  biome: ["check", "ci", "lint"],
  buf: ["breaking", "build", "lint"],
  bun: ["test"],
  cargo: ["bench", "build", "check", "clippy", "fmt", "nextest", "test"],
  ctest: [],
  deno: ["check", "lint", "test"],
  dotnet: ["build", "test"],
  eslint: [],
  go: ["build", "test", "vet"],
  "golangci-lint": ["run"],
  gradle: ["build", "check", "test"],
  gradlew: ["build", "check", "test"],
  jest: [],
  just: ["check", "lint", "test"],
  make: [],
  mocha: [],
  mvn: ["package", "test", "verify"],
  mypy: [],
  npm: ["t", "test"],
  nox: [],
  phpunit: [],
  playwright: ["test"],
  pnpm: ["t", "test"],
  prettier: ["--check", "-c"],
  pyright: [],
  pytest: [],
  rake: ["spec", "test"],
  rspec: [],
  rubocop: [],
  ruff: ["check"],
  swift: ["build", "test"],
  tox: [],
  tsc: [],
  vitest: [],
  yarn: ["test"],
};

/** Programs that run another one: the words that stand between, and their flags, are passed over. */
const carriers: Readonly<Record<string, readonly string[]>> = {
  bun: ["x"],
  bundle: ["exec"],
  bunx: [],
  npm: ["exec"],
  npx: [],
  pipenv: ["run"],
  pnpm: ["dlx", "exec"],
  poetry: ["run"],
  uv: ["run"],
  uvx: [],
  yarn: ["dlx", "exec"],
};

/** Scripts of a package that are checks by their name, up to a colon: test:unit. */
const scripts = ["build", "check", "lint", "spec", "test", "typecheck", "types", "verify"];
const scriptRunners = ["bun", "npm", "pnpm", "yarn"];

/**
 * The check in a command line: one simple command of a known runner, or one whose words start with an entry of `listed`;
 * `cd DIR &&` may stand before it. Nothing where the line pipes, chains or substitutes: its exit status would be another's.
 */
export function checkIn(text: string, listed: readonly string[] = []): Check | undefined {
  const { line, dir } = behindChange(text.trim());
  const bytes = new TextEncoder().encode(line);
  const { words, compoundAt } = splitShellLine(bytes);
  if (compoundAt >= 0) return undefined;
  const all = words.map((word) => new TextDecoder().decode(word.text));
  const first = all.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(word));
  const command = first < 0 ? [] : all.slice(first);
  const isListed = listed.some((entry) => {
    const wanted = entry.split(" ");
    return wanted.every((word, at) => command[at] === word);
  });
  if (!isListed && !isCheck(command)) return undefined;
  return { line, words: all, ...(dir === undefined ? {} : { dir }) };
}

/** Parts `cd DIR && REST`; other lines are given as they are. */
function behindChange(line: string): { line: string; dir?: string } {
  const parts = /^cd\s+(?:"([^"$`\\]+)"|'([^']+)'|([^\s"'$`\\&|;<>()]+))\s*&&\s*(.+)$/s.exec(line);
  const dir = parts?.[1] ?? parts?.[2] ?? parts?.[3];
  return parts?.[4] === undefined || dir === undefined || dir.startsWith("~") ? { line } : { line: parts[4], dir };
}

function isCheck(words: readonly string[]): boolean {
  const [first, ...rest] = words;
  if (first === undefined) return false;
  const program = posix.basename(first.replaceAll("\\", "/")).replace(/\.(cmd|exe)$/, "");
  const [next, after] = rest;
  if (scriptRunners.includes(program)) {
    const script = next === "run" || next === "run-script" ? after : program === "npm" ? undefined : next;
    if (script !== undefined && isScript(script)) return true;
  }
  if (/^python[0-9.]*$/.test(program)) return next === "-m" && isCheck(rest.slice(1));
  const carried = carriers[program];
  if (carried !== undefined && (carried.length === 0 || (next !== undefined && carried.includes(next)))) {
    const inner = carried.length === 0 ? rest : rest.slice(1);
    const start = inner.findIndex((word) => !word.startsWith("-"));
    return start >= 0 && isCheck(inner.slice(start));
  }
  const subcommands = runners[program];
  if (subcommands === undefined) return false;
  return subcommands.length === 0 || rest.some((word) => subcommands.includes(word));
}

function isScript(name: string): boolean {
  return scripts.some((script) => name === script || name.startsWith(`${script}:`));
}
