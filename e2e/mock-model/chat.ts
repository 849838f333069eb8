/** OpenAI Chat Completions, as OpenCode and the clients of a proxy speak it: requests in, server-sent events or JSON out. */
import type { ServerResponse } from "node:http";
import type { Answer, OfferedTool, Prompt } from "./script.js";

/** The parts of a request body that the mock reads. */
export interface ChatBody {
  model?: string;
  messages?: ChatMessage[];
  tools?: { function?: { name: string } }[];
  stream?: boolean;
}

/** One message of the conversation. */
export interface ChatMessage {
  role: string;
  content?: string | { text?: string }[] | null;
}

/** The text of a message, its parts joined by newlines. */
export function textOf({ content }: ChatMessage): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map(({ text }) => text ?? "").join("\n") : "";
}

/** All tools of a request. */
export function toolsOf(body: ChatBody): OfferedTool[] {
  return (body.tools ?? []).map((tool) => ({ name: tool.function?.name ?? "", custom: false }));
}

/** The prompts of a request, oldest first. */
export function promptsOf({ messages = [] }: ChatBody): Prompt[] {
  return messages.flatMap((message, index) => {
    const results = messages.slice(index + 1).filter(({ role }) => role === "tool").length;
    return message.role === "user" ? [{ text: textOf(message), results }] : [];
  });
}

/**
 * Sends one answer, streamed when the request asked for it. `serial` makes ids unique; `inputTokens` is the usage;
 * `thought` is the reasoning before it, in the field that most providers use beside OpenAI.
 */
export function sendChat(
  response: ServerResponse,
  body: ChatBody,
  answer: Answer,
  serial: number,
  inputTokens: number,
  thought?: string,
): void {
  const head = { id: `chatcmpl-${serial}`, created: 1_700_000_000, model: body.model ?? "mock-model" };
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: 20,
    total_tokens: inputTokens + 20,
    prompt_tokens_details: { cached_tokens: 0 },
  };
  const text = answer.kind === "text" ? answer.text : null;
  const calls = answer.kind === "text" ? undefined : [callOf(answer, serial)];
  const finish = calls ? "tool_calls" : "stop";
  const reasoning = thought === undefined ? {} : { reasoning_content: thought };
  if (!body.stream) {
    const message = { role: "assistant", content: text, ...reasoning, ...(calls ? { tool_calls: calls } : {}) };
    response.writeHead(200, { "content-type": "application/json" });
    const choices = [{ index: 0, message, finish_reason: finish }];
    response.end(JSON.stringify({ ...head, object: "chat.completion", choices, usage }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (fields: object) =>
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", ...fields })}\n\n`);
  const choose = (delta: object, reason: string | null) =>
    send({ choices: [{ index: 0, delta, finish_reason: reason }] });
  choose({ role: "assistant", content: "" }, null);
  if (thought !== undefined) choose(reasoning, null);
  choose(calls ? { tool_calls: calls } : { content: text }, null);
  choose({}, finish);
  send({ choices: [], usage });
  response.write("data: [DONE]\n\n");
  response.end();
}

function callOf(answer: Exclude<Answer, { kind: "text" }>, serial: number): object {
  const args = answer.kind === "custom" ? answer.input : JSON.stringify(answer.args);
  return { index: 0, id: `call_${serial}`, type: "function", function: { name: answer.name, arguments: args } };
}
