/** Baton itself on an isolated machine: the built programs, how clients are wired to them, and what they recorded. */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandHooks, type HookGroups } from "../ts/src/integrations/codex/hooks.js";
import { writeStub } from "../ts/src/integrations/opencode/packages.js";
import { repository } from "./clients.js";
import { type McpServer, writeCodexConfig, writeCodexHooks } from "./codex.js";
import type { Machine } from "./isolate.js";
import { writeOpencodeConfig, writePlugin } from "./opencode.js";

/** A file of `dist/`. Throws where it is not built. */
export function built(name: string): string {
  const file = join(repository, "dist", name);
  if (!existsSync(file)) throw new Error(`${file} is not built: npm run build`);
  return file;
}

/**
 * Runs `baton` in the machine's project and gives what it prints; throws where it fails. Standard error is collected, but
 * that of `init`, which speaks of the user's own files.
 */
export function baton(machine: Machine, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [built("cli.js"), ...args], {
    cwd: machine.project,
    env: machine.env,
    encoding: "utf8",
  });
  if (args[0] !== "init") appendFileSync(stderrFile(machine), stderr);
  if (status !== 0) throw new Error(`baton ${args[0]}: exit code ${status}\n${stderr}`);
  return stdout;
}

/** Runs `baton` in the machine's project and gives all that it prints on both streams, whether it fails or not. */
export async function printed(machine: Machine, ...args: string[]): Promise<string> {
  const { project: cwd, env } = machine;
  const child = spawn(process.execPath, [built("cli.js"), ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => child.once("close", resolve));
  return Buffer.concat(chunks).toString("utf8");
}

/** Where standard error of Baton is collected, of commands, hooks and servers alike. */
export function stderrFile(machine: Machine): string {
  return join(machine.root, "baton-stderr");
}

/** `baton hook codex` as the shell runs it. */
export function hookCommand(machine: Machine): string {
  const words = [process.execPath, built("cli.js"), "hook", "codex"].map((word) => JSON.stringify(word));
  return `${words.join(" ")} 2>>${JSON.stringify(stderrFile(machine))}`;
}

/** `baton mcp`; the variables that Codex would not pass on are named. Standard error is collected, but on Windows. */
export function batonServer(machine: Machine): McpServer {
  const env = { BATON_HOME: machine.batonHome, BATON_GIT_MS: machine.env.BATON_GIT_MS ?? "" };
  const args = [built("cli.js"), "mcp"];
  if (process.platform === "win32") return { command: process.execPath, args, env };
  const shell = `exec "$@" 2>>${JSON.stringify(stderrFile(machine))}`;
  return { command: "sh", args: ["-c", shell, "sh", process.execPath, ...args], env };
}

/** Writes Codex's configuration with the MCP server and the hooks, as `baton init` does. */
export function wireCodex(machine: Machine, url: string, hooks: HookGroups = commandHooks(hookCommand(machine))): void {
  writeCodexConfig(machine, url, { servers: { baton: batonServer(machine) } });
  writeCodexHooks(machine, Object.fromEntries(Object.entries(hooks).map(([event, group]) => [event, [group]])));
}

/** Writes OpenCode's configuration with the plugin, the stub of its packages and the MCP server, as `baton init` does. */
export function wireOpencode(machine: Machine, url: string): void {
  writeOpencodeConfig(machine, url, { servers: { baton: batonServer(machine) } });
  writeStub(machine.opencodeConfig);
  writePlugin(machine, "baton.js", readFileSync(built("opencode.js"), "utf8"));
}

/** What of a line of `baton export --jsonl` is looked at. */
interface Exported {
  readonly record: Readonly<Record<string, unknown>> & { readonly stamp: string };
}

/** A record of a kind: the kind's own fields, with the session's alias and the client that recorded. */
export type Recorded = Record<string, unknown> & { readonly session?: string; readonly client?: string };

/** What is recorded of a kind, in the order of recording. */
export function recorded(machine: Machine, kind: string): Recorded[] {
  if (!existsSync(join(machine.batonHome, "segments"))) return [];
  const lines = baton(machine, "export", "--jsonl").split("\n").slice(0, -1);
  return lines
    .map((line) => JSON.parse(line) as Exported)
    .sort((a, b) => (BigInt(a.record.stamp) < BigInt(b.record.stamp) ? -1 : 1))
    .flatMap(({ record: { session, client, ...record } }) => {
      const value = record[kind] as Record<string, unknown> | undefined;
      return value === undefined ? [] : [{ ...value, ...(session ? { session } : {}), client } as Recorded];
    });
}
