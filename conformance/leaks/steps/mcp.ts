/** `baton mcp`: one server, asked over stdio as a client does. */
import type { Talk } from "../process.js";
import type { World } from "../world.js";
import { rolloutOf } from "./codex.js";
import { must, type Step } from "./step.js";

/** What a tool answers. */
interface Answer {
  readonly text: string;
  readonly isError: boolean;
}

/** A session with what a model may say, and what it may not. */
export const mcpStep: Step = {
  name: "mcp",
  async run(world) {
    const { programs } = world;
    const ended = await world.node("mcp", programs.cli, ["mcp"], { input: (child) => converse(world, child) });
    must(ended.status === 0 && ended.stderr === "", "mcp", ended);
  },
};

async function converse(world: World, child: Talk): Promise<void> {
  const { marker, text } = world.variant;
  let id = 0;
  async function ask(method: string, params: object): Promise<Record<string, unknown>> {
    child.say(JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }));
    return JSON.parse(await child.hear()).result ?? {};
  }
  async function call(name: string, input: object): Promise<Answer> {
    const _meta = { threadId: marker("session"), "x-note": text("tool-input") };
    const result = await ask("tools/call", { name, arguments: { ...input, why: text("reasoning") }, _meta });
    const [content] = result.content as { text: string }[];
    return { text: content?.text ?? "", isError: result.isError === true };
  }
  const does = async (name: string, input: object) => {
    const answer = await call(name, input);
    must(!answer.isError, name, answer);
    return answer.text;
  };
  const refuses = async (name: string, input: object) => {
    const answer = await call(name, input);
    must(answer.isError && answer.text.startsWith("error[BTN-"), `${name} refuses`, answer);
  };

  const clientInfo = { name: text("header"), version: "1" };
  await ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
  child.say(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
  child.say(`{"jsonrpc": "2.0", ${text("tool-input")}`);
  await ask(`notes/${marker("tool-input")}`, { text: text("tool-input") });
  await ask("tools/call", { name: "note", arguments: { text: [text("refused")], category: text("refused") } });
  await does("note", { text: "the store opens first", category: "decision" });
  await refuses("note", { text: `{${text("refused")}}` });
  await refuses("note", { text: `write to ${marker("refused")}@example.org` });
  await refuses("note", { text: `use ${marker("key")}` });
  await refuses("next_add", { text: `${text("refused")}\nand more` });
  await refuses("point", { type: "repo", value: `${text("refused")}?${marker("query")}` });
  const action = /a-[0-9a-f]{16}/.exec(await does("next_add", { text: "open the store" }))?.[0];
  await does("next_claim", { id: action, as: "anna" });
  await refuses("next_done", { id: marker("refused") });
  const event = { session_id: marker("session"), tool_use_id: `${marker("call")}-3` };
  const command = `npm test ${marker("argument")}`;
  await does("hook_event", { ...event, hook_event_name: "PreToolUse", command });
  await does("hook_event", { ...event, hook_event_name: "PostToolUse", command, tool_response: text("tool-output") });
  // One that is still under way: what is kept of it meanwhile stays.
  const left = { tool_use_id: `${marker("call")}-4`, transcript_path: rolloutOf(world) };
  await does("hook_event", { ...event, ...left, hook_event_name: "PreToolUse", command });
  await does("resume", {});
}
