/** The MCP server over stdio, asked with the official client as Codex asks it: its start, calls, and `mcp_tool` hooks. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { hookTool, toolHooks } from "../../ts/src/integrations/codex/hooks.js";
import { mostWrites } from "../../ts/src/integrations/mcp/limit.js";
import { inTurns, type Row, runs, shown, timeOf } from "./measure.js";
import type { Place, WiredHome } from "./place.js";
import { captureSession, type HookInput } from "./session.js";

/** A server that answers. */
interface Server {
  /** Calls a tool, for the session of a hook where one is named. Throws where the tool refuses. */
  call(name: string, input?: object, session?: string): Promise<string>;
  close(): Promise<void>;
}

/** Rows of the server, beside an empty one on the same SDK. */
export async function measureMcp(place: Place, empty: WiredHome, full: WiredHome): Promise<Row[]> {
  const file = join(place.root, "empty-server.mjs");
  execFileSync(process.execPath, ["bench/clients/bundle.mjs", "bench/clients/empty-server.mjs", file], {
    stdio: "inherit",
  });
  const nothing = (): Promise<Server> => connect(place, process.execPath, [file]);
  return [...(await starts(place, empty, full, nothing)), ...(await calls(place, empty, full, nothing))];
}

/** From the start of the process until the tools are listed; then the first call, and its end, which may merge. */
async function starts(place: Place, empty: WiredHome, full: WiredHome, nothing: () => Promise<Server>): Promise<Row[]> {
  const first: Record<"empty" | "full", number[]> = { empty: [], full: [] };
  const start = async (home: WiredHome, calls: number[]): Promise<number> => {
    home.restore();
    let server: Server | undefined;
    const ms = await timeOf(async () => {
      server = await connect(place, home.launcher, ["mcp"]);
    });
    calls.push(await timeOf(() => server?.call("resume")));
    await server?.close();
    return ms;
  };
  const times = await inTurns({
    nothing: async () => {
      let server: Server | undefined;
      const ms = await timeOf(async () => {
        server = await nothing();
      });
      await server?.close();
      return ms;
    },
    empty: () => start(empty, first.empty),
    full: () => start(full, first.full),
  });
  const beside = `empty server ${shown(times.nothing)}`;
  const firstOf = (all: number[]): string => shown(all.slice(1));
  return [
    ["MCP, start until the tools are listed", shown(times.empty), shown(times.full), beside, "≤ 250 ms"],
    ["MCP, the first call of `resume`", firstOf(first.empty), firstOf(first.full), "", ""],
  ];
}

/** Calls of servers that run: some at a time, since a server takes only so many notes. */
async function calls(place: Place, empty: WiredHome, full: WiredHome, nothing: () => Promise<Server>): Promise<Row[]> {
  const session = captureSession(place);
  const all: Record<string, number[]> = {};
  const atOnce = mostWrites - 1;
  for (let done = 0; done < runs; done += atOnce) {
    for (const home of [empty, full]) home.restore();
    const servers = {
      none: await nothing(),
      empty: await connect(place, empty.launcher, ["mcp"]),
      full: await connect(place, full.launcher, ["mcp"]),
    };
    const samples: Record<string, () => Promise<number>> = {
      "empty tool": () => timeOf(() => servers.none.call("empty")),
    };
    for (const [name, server] of [
      ["empty", servers.empty],
      ["full", servers.full],
    ] as const) {
      const event = (input: HookInput, prepare?: () => void) => () => {
        prepare?.();
        return timeOf(() => sendEvent(server, input));
      };
      samples[`resume, ${name}`] = () => timeOf(() => server.call("resume"));
      samples[`note, ${name}`] = () => timeOf(() => server.call("note", { text: "the limit is read too early" }));
      samples[`SessionStart, ${name}`] = event(session.start);
      samples[`PreToolUse, ${name}`] = event(session.beforeCheck, session.running);
      samples[`PostToolUse, ${name}`] = event(session.afterCheck, session.ended);
      samples[`other, ${name}`] = event(session.afterOther);
    }
    const taken = await inTurns(samples, Math.min(atOnce, runs - done));
    for (const [name, times] of Object.entries(taken)) all[name] = [...(all[name] ?? []), ...times];
    if (full.count() < full.segments) throw new Error("a server has merged while it was asked");
    for (const server of Object.values(servers)) await server.close();
  }
  const figure = (name: string): string => shown(all[name] ?? []);
  const beside = `empty tool ${figure("empty tool")}`;
  const row = (label: string, name: string): Row => [
    label,
    figure(`${name}, empty`),
    figure(`${name}, full`),
    beside,
    "",
  ];
  return [
    row("MCP, `resume`", "resume"),
    row("MCP, `note`, synced to the disk", "note"),
    row("`mcp_tool` hook, SessionStart: the brief", "SessionStart"),
    row("`mcp_tool` hook, PreToolUse of a check", "PreToolUse"),
    row("`mcp_tool` hook, PostToolUse of a check", "PostToolUse"),
    row("`mcp_tool` hook, PostToolUse of no check", "other"),
  ];
}

/** Calls the tool as Codex does: what the hook of the event names, filled in. */
async function sendEvent(server: Server, input: HookInput): Promise<void> {
  const [handler] = toolHooks("baton", "")[String(input.hook_event_name)]?.hooks ?? [];
  if (handler?.type !== "mcp_tool") throw new Error(`no tool for ${input.hook_event_name}`);
  const fieldAt = (path: string): unknown =>
    path.split(".").reduce<unknown>((value, name) => (value as HookInput)[name], input);
  const fields = Object.entries(handler.input).map(([name, field]) => [name, fieldAt(field.slice(2, -1))]);
  await server.call(hookTool, Object.fromEntries(fields), input.session_id);
}

/** Codex hands on nothing but these variables, and what its configuration names: here nothing. */
async function connect({ repository, env }: Place, command: string, args: string[]): Promise<Server> {
  const { HOME = "", LANG = "", PATH = "", TMPDIR = "" } = env;
  const client = new Client({ name: "codex-mcp-client", version: "0.169.0" });
  await client.connect(
    new StdioClientTransport({ command, args, env: { HOME, LANG, PATH, TMPDIR }, cwd: repository, stderr: "ignore" }),
  );
  await client.listTools();
  return {
    async call(name, input = {}, session) {
      const meta = session === undefined ? {} : { _meta: { threadId: session } };
      const result = await client.callTool({ name, arguments: { ...input }, ...meta });
      if (result.isError === true) throw new Error(`${name} was refused: ${JSON.stringify(result.content)}`);
      return JSON.stringify(result.content);
    },
    close: () => client.close(),
  };
}
