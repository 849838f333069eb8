/** Throwaway hooks and plugins that write down what a client hands them. They prove the harness and make the fixtures. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hooks } from "./codex.js";
import type { Machine } from "./isolate.js";

/** The events of Codex that run hooks. */
export const codexEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "PreCompact",
  "PostCompact",
  "SubagentStart",
  "SubagentStop",
  "Stop",
  "SessionEnd",
  "Interrupt",
];

/** What a recording hook of Codex got, in the order of arrival. */
export interface HookCall {
  /** Milliseconds since 1970. */
  at: number;
  stdin: Record<string, unknown>;
  /** Names of those variables of the machine that the hook has. */
  inherited: string[];
  /** Lines of the transcript at that moment, or -1 when there was none. */
  transcriptLines: number;
}

const hookSource = `
import { appendFileSync, readFileSync } from "node:fs";
const [log, context, known] = process.argv.slice(2);
const stdin = JSON.parse(readFileSync(0, "utf8"));
let transcriptLines = -1;
try { transcriptLines = readFileSync(stdin.transcript_path, "utf8").split("\\n").length - 1; } catch {}
const inherited = Object.keys(process.env).filter((name) => known.split(",").includes(name)).sort();
appendFileSync(log, JSON.stringify({ at: Date.now(), stdin, inherited, transcriptLines }) + "\\n");
if (context !== "" && stdin.hook_event_name === "SessionStart")
  process.stdout.write(JSON.stringify({ hookSpecificOutput: { hookEventName: "SessionStart", additionalContext: context + " source=" + stdin.source } }));
`;

/** Writes a hook that records every event, and gives `hooks.json` for it. SessionStart adds `context` unless it is empty. */
export function recordingHooks(machine: Machine, context = "", events = codexEvents): Hooks {
  const script = join(machine.root, "hook.mjs");
  writeFileSync(script, hookSource);
  const known = Object.keys(machine.env).join(",");
  const command = [process.execPath, script, hookLog(machine), context, known]
    .map((arg) => JSON.stringify(arg))
    .join(" ");
  return Object.fromEntries(events.map((event) => [event, [{ hooks: [{ type: "command", command, timeout: 3 }] }]]));
}

function hookLog(machine: Machine): string {
  return join(machine.root, "hook.jsonl");
}

/** What the recording hook got so far. */
export function hookCalls(machine: Machine): HookCall[] {
  return readLines(hookLog(machine)) as HookCall[];
}

const serverSource = `
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
const [log] = process.argv.slice(2);
const tools = [
  { name: "hook_event", description: "Records an event.", inputSchema: { type: "object", additionalProperties: true }, annotations: { readOnlyHint: true } },
  { name: "echo", description: "Gives back its text.", inputSchema: { type: "object", properties: { text: { type: "string" } } }, annotations: { readOnlyHint: true } },
];
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "probe", version: "0" }, instructions: "Call echo." }),
  "tools/list": () => ({ tools }),
  "tools/call": ({ arguments: args }) => ({ content: [{ type: "text", text: args?.text ?? "" }] }),
  ping: () => ({}),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  const environment = method === "initialize" ? Object.keys(process.env).sort() : undefined;
  appendFileSync(log, JSON.stringify({ at: Date.now(), cwd: process.cwd(), environment, method, params }) + "\\n");
  if (id === undefined) return;
  const result = results[method]?.(params);
  const body = result ? { result } : { error: { code: -32601, message: "unknown method" } };
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, ...body }) + "\\n");
});
`;

/** One message that the recording MCP server got. */
export interface ServerMessage {
  at: number;
  /** Working directory of the server. */
  cwd: string;
  /** Names of the variables in the server's environment, with `initialize`. */
  environment?: string[];
  method: string;
  params?: { name?: string; arguments?: Record<string, unknown>; _meta?: Record<string, unknown> } & Record<
    string,
    unknown
  >;
}

/** Writes an MCP server without dependencies that records every message; it offers `echo` and `hook_event`. */
export function recordingServer(machine: Machine): { command: string; args: string[] } {
  const script = join(machine.root, "server.mjs");
  writeFileSync(script, serverSource);
  return { command: process.execPath, args: [script, join(machine.root, "server.jsonl")] };
}

/** What the recording MCP server got so far. */
export function serverMessages(machine: Machine): ServerMessage[] {
  return readLines(join(machine.root, "server.jsonl")) as ServerMessage[];
}

/** One line of the recording plugin: a hook with its input and output, or an event. */
export interface PluginCall {
  at: number;
  hook: string;
  input?: Record<string, unknown>;
  output?: Record<string, unknown>;
}

/**
 * The source of an OpenCode plugin that records every hook and event, and appends `context` to the system prompt of every
 * request but titles, and to the compaction prompt.
 */
export function recordingPlugin(machine: Machine, context: string): string {
  return `
import { appendFileSync } from "node:fs";
const context = ${JSON.stringify(context)};
const write = (hook, input, output) => {
  try { appendFileSync(${JSON.stringify(pluginLog(machine))}, JSON.stringify({ at: Date.now(), hook, input, output }) + "\\n"); } catch {}
};
export const Recorder = async (input) => {
  write("plugin", { keys: Object.keys(input), directory: input.directory, worktree: input.worktree, project: input.project });
  return {
    event: async ({ event }) => write("event", event),
    config: async () => write("config"),
    "tool.execute.before": async (input, output) => write("tool.execute.before", input, output),
    "tool.execute.after": async (input, output) => write("tool.execute.after", input, output),
    "chat.params": async (input) => write("chat.params", { keys: Object.keys(input) }),
    "chat.message": async (input, output) => write("chat.message", input, { keys: Object.keys(output) }),
    "experimental.chat.system.transform": async (input, output) => {
      write("experimental.chat.system.transform", input, output);
      if (output.system.some((text) => text.startsWith("You are a title generator"))) return;
      output.system[output.system.length - 1] += "\\n" + context;
    },
    "experimental.session.compacting": async (input, output) => {
      write("experimental.session.compacting", input, output);
      output.context.push(context + " compacting");
    },
    "experimental.compaction.autocontinue": async (input, output) =>
      write("experimental.compaction.autocontinue", { keys: Object.keys(input) }, output),
    "shell.env": async (input, output) => write("shell.env", input, { keys: Object.keys(output) }),
    dispose: async () => write("dispose"),
  };
};
`;
}

function pluginLog(machine: Machine): string {
  return join(machine.root, "plugin.jsonl");
}

/** What the recording plugin got so far. */
export function pluginCalls(machine: Machine): PluginCall[] {
  return readLines(pluginLog(machine)) as PluginCall[];
}

function readLines(file: string): unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
