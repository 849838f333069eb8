/** Codex CLI: its configuration for the mock model, one session, and the files that a session leaves. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "./isolate.js";
import { type Run, type RunOptions, run } from "./run.js";

/** An MCP server to configure: `[mcp_servers.<name>]`. */
export interface McpServer {
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Names of variables that Codex passes on; without them an MCP server gets little more than `PATH` and `HOME`. */
  envVars?: string[];
}

/** What `writeCodexConfig` takes besides the address of the model. */
export interface CodexConfig {
  servers?: Record<string, McpServer>;
  /** Tokens after which Codex compacts. */
  compactAt?: number;
  /** Further lines for the top of `config.toml`. */
  top?: string;
}

/** A command or mcp_tool handler of `hooks.json`. */
export type HookHandler =
  | { type: "command"; command: string; timeout?: number }
  | { type: "mcp_tool"; server: string; tool: string; input: Readonly<Record<string, string>>; timeout?: number };

/** Content of `hooks.json`: by event, groups of handlers. */
export type Hooks = Record<string, { matcher?: string; hooks: readonly HookHandler[] }[]>;

/** Writes `$CODEX_HOME/config.toml` for a model at `url` (Responses API, no retries, nothing leaves the machine). */
export function writeCodexConfig(machine: Machine, url: string, config: CodexConfig = {}): void {
  const lines = [
    `model = "mock-model"`,
    `model_provider = "mock"`,
    `approval_policy = "never"`,
    `sandbox_mode = "danger-full-access"`,
    "check_for_update_on_startup = false",
    ...(config.compactAt === undefined ? [] : [`model_auto_compact_token_limit = ${config.compactAt}`]),
    ...(config.top === undefined ? [] : [config.top]),
    "[analytics]",
    "enabled = false",
    "[feedback]",
    "enabled = false",
    "[model_providers.mock]",
    `name = "Mock"`,
    `base_url = ${text(url)}`,
    `env_key = "MOCK_API_KEY"`,
    `wire_api = "responses"`,
    "request_max_retries = 0",
    "stream_max_retries = 0",
    ...Object.entries(config.servers ?? {}).flatMap(([name, server]) => serverLines(name, server)),
  ];
  writeFileSync(join(machine.codexHome, "config.toml"), `${lines.join("\n")}\n`);
}

function serverLines(name: string, { command, args, env, envVars }: McpServer): string[] {
  const pairs = Object.entries(env ?? {}).map(([key, value]) => `${key} = ${text(value)}`);
  return [
    `[mcp_servers.${name}]`,
    `command = ${text(command)}`,
    `args = [${args.map(text).join(", ")}]`,
    ...(envVars ? [`env_vars = [${envVars.map(text).join(", ")}]`] : []),
    ...(pairs.length > 0 ? [`env = { ${pairs.join(", ")} }`] : []),
  ];
}

/** A TOML basic string; JSON's escapes are among those of TOML. */
function text(value: string): string {
  return JSON.stringify(value);
}

/** Writes `$CODEX_HOME/hooks.json`. */
export function writeCodexHooks(machine: Machine, hooks: Hooks): void {
  writeFileSync(join(machine.codexHome, "hooks.json"), `${JSON.stringify({ hooks }, null, 2)}\n`);
}

/** Runs `codex exec --json` with a prompt in the machine's project. Default time limit: one minute. */
export function codexExec(
  machine: Machine,
  prompt: string,
  { args = [], ...options }: Partial<RunOptions> & { args?: string[] } = {},
): Promise<Run> {
  const where = { cwd: machine.project, env: machine.env, timeout: 60_000 };
  return run("codex", ["exec", "--json", ...args, prompt], { ...where, ...options });
}

/** One line of a rollout file, parsed. */
export interface RolloutLine {
  timestamp: string;
  type: string;
  payload: { type?: string; item?: Record<string, unknown> } & Record<string, unknown>;
}

/** The rollout files of all sessions of a machine, oldest first. */
export function rolloutFiles(machine: Machine): string[] {
  const folder = join(machine.codexHome, "sessions");
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => join(folder, name));
}

/** The lines of a rollout file. */
export function readRollout(file: string): RolloutLine[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RolloutLine);
}

/** What the rollout says of a command: the item with `id` = the hook's `tool_use_id`. */
export interface CommandItem {
  type: "CommandExecution";
  id: string;
  /** -1 when the command was killed or still ran at the end of the session. */
  exit_code: number;
  duration: { secs: number; nanos: number };
  status: string;
}

/** Finds the item of a command in a rollout. */
export function commandItem(lines: RolloutLine[], toolUseId: string): CommandItem | undefined {
  const items = lines.map(({ payload }) => payload.item as CommandItem | undefined);
  return items.find((item) => item?.type === "CommandExecution" && item.id === toolUseId);
}
