/** OpenCode: its configuration for the mock model, plugins beside it, and one session. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf } from "./clients.js";
import type { McpServer } from "./codex.js";
import type { Machine } from "./isolate.js";
import { type Run, type RunOptions, run } from "./run.js";

/** What `writeOpencodeConfig` takes besides the address of the model. */
export interface OpencodeConfig {
  servers?: Record<string, McpServer>;
  /** Context window of the mock model, in tokens (default 128,000); reported usage beyond it forces compaction. */
  context?: number;
  /** Further top-level settings, such as `instructions`. */
  settings?: Record<string, unknown>;
}

/** Writes the user's `opencode.json` for a model at `url` (Chat Completions; nothing leaves the machine). */
export function writeOpencodeConfig(machine: Machine, url: string, config: OpencodeConfig = {}): void {
  const mcp = Object.entries(config.servers ?? {}).map(([name, { command, args, env }]) => [
    name,
    { type: "local", command: [command, ...args], enabled: true, ...(env ? { environment: env } : {}) },
  ]);
  const model = { name: "Mock", tool_call: true, limit: { context: config.context ?? 128_000, output: 8192 } };
  const content = {
    $schema: "https://opencode.ai/config.json",
    autoupdate: false,
    share: "disabled",
    model: "mock/mock-model",
    small_model: "mock/mock-model",
    enabled_providers: ["mock"],
    provider: {
      mock: {
        npm: "@ai-sdk/openai-compatible",
        name: "Mock",
        options: { baseURL: url, apiKey: machine.env.MOCK_API_KEY },
        models: { "mock-model": model },
      },
    },
    mcp: Object.fromEntries(mcp),
    permission: { edit: "allow", bash: "allow" },
    ...config.settings,
  };
  mkdirSync(machine.opencodeConfig, { recursive: true });
  writeFileSync(join(machine.opencodeConfig, "opencode.json"), `${JSON.stringify(content, null, 2)}\n`);
}

/** Writes a plugin into the user's plugin folder. */
export function writePlugin(machine: Machine, name: string, source: string): void {
  const folder = join(machine.opencodeConfig, "plugin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), source);
}

/**
 * Puts the packages beside the plugins that OpenCode would otherwise install with npm at start. `node_modules` is a link to
 * the installed ones: a copy of its thousands of files would take longer than the session.
 */
export function writePluginPackages(machine: Machine): void {
  mkdirSync(machine.opencodeConfig, { recursive: true });
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(folderOf("plugin"), name), join(machine.opencodeConfig, name));
  symlinkSync(join(folderOf("plugin"), "node_modules"), join(machine.opencodeConfig, "node_modules"), "junction");
}

/** Runs `opencode run --format json` with a prompt in the machine's project. Default time limit: one minute. */
export function opencodeRun(
  machine: Machine,
  prompt: string,
  { args = [], ...options }: Partial<RunOptions> & { args?: string[] } = {},
): Promise<Run> {
  const where = { cwd: machine.project, env: machine.env, timeout: 60_000 };
  return run("opencode", ["run", "--format", "json", ...args, prompt], { ...where, ...options });
}
