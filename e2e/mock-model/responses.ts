/** The OpenAI Responses API, as Codex speaks it: requests in, server-sent events out. */
import type { ServerResponse } from "node:http";
import type { Answer, OfferedTool, Prompt } from "./script.js";

/** The parts of a request body that the mock reads. */
export interface ResponsesBody {
  model?: string;
  instructions?: string;
  input?: string | ResponsesItem[];
  tools?: ResponsesTool[];
  stream?: boolean;
}

/** One item of the conversation. */
export interface ResponsesItem {
  type?: string;
  role?: string;
  content?: string | { type?: string; text?: string }[];
  tools?: ResponsesTool[];
  [field: string]: unknown;
}

interface ResponsesTool {
  type: string;
  name?: string;
  tools?: ResponsesTool[];
}

/** The text of an item, its parts joined by newlines. */
export function textOf(item: ResponsesItem): string {
  const { content } = item;
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map(({ text }) => text ?? "").join("\n") : "";
}

/** The items of a body, a bare string counting as a message of the user. */
export function itemsOf(body: ResponsesBody): ResponsesItem[] {
  if (typeof body.input === "string") return [{ type: "message", role: "user", content: body.input }];
  return body.input ?? [];
}

/** All tools of a request, those in namespaces and those that come as an item of the input included. */
export function toolsOf(body: ResponsesBody): OfferedTool[] {
  const later = itemsOf(body).flatMap(({ type, tools }) => (type === "additional_tools" ? (tools ?? []) : []));
  return [...(body.tools ?? []), ...later].flatMap((tool) => {
    if (tool.type !== "namespace") return [offered(tool)];
    const namespace = tool.name ?? "";
    return (tool.tools ?? []).map((inner) => ({ ...offered(inner), namespace }));
  });
}

function offered(tool: ResponsesTool): OfferedTool {
  return { name: tool.name ?? tool.type, custom: tool.type === "custom" };
}

/** The prompts of a request, oldest first. */
export function promptsOf(body: ResponsesBody): Prompt[] {
  const items = itemsOf(body);
  return items.flatMap((item, index) => {
    const results = items.slice(index + 1).filter(({ type }) => type?.endsWith("_output")).length;
    return item.role === "user" ? [{ text: textOf(item), results }] : [];
  });
}

/**
 * Sends one answer as a stream of events. `serial` makes ids unique; `inputTokens` is the usage to report; `thought` is
 * the reasoning before it, in all three forms that the API has.
 */
export function sendResponse(
  response: ServerResponse,
  model: string,
  answer: Answer,
  serial: number,
  inputTokens: number,
  thought?: string,
): void {
  const item = itemOf(answer, serial);
  const reasoning = thought === undefined ? [] : [thoughtOf(thought, serial)];
  const head = { id: `resp_${serial}`, object: "response", model };
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + 20,
  };
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  let sequence = 0;
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  send("response.created", { response: { ...head, status: "in_progress", output: [] } });
  const output = [...reasoning, item];
  for (const [index, item] of output.entries()) {
    send("response.output_item.added", { output_index: index, item: { ...item, status: "in_progress" } });
    if (item.type === "message" && answer.kind === "text")
      send("response.output_text.delta", {
        item_id: item.id,
        output_index: index,
        content_index: 0,
        delta: answer.text,
      });
    send("response.output_item.done", { output_index: index, item });
  }
  send("response.completed", { response: { ...head, status: "completed", output, usage } });
  response.end();
}

function thoughtOf(text: string, serial: number): { id: string } & Record<string, unknown> {
  const summary = [{ type: "summary_text", text }];
  const content = [{ type: "reasoning_text", text }];
  return { type: "reasoning", id: `rs_${serial}`, summary, content, encrypted_content: text };
}

function itemOf(answer: Answer, serial: number): { id: string } & Record<string, unknown> {
  const status = "completed";
  if (answer.kind === "text") {
    const content = [{ type: "output_text", text: answer.text, annotations: [] }];
    return { type: "message", id: `msg_${serial}`, role: "assistant", status, content };
  }
  const { name, namespace } = answer;
  const target = { call_id: `call_${serial}`, name, ...(namespace ? { namespace } : {}), status };
  return answer.kind === "custom"
    ? { type: "custom_tool_call", id: `ctc_${serial}`, ...target, input: answer.input }
    : { type: "function_call", id: `fc_${serial}`, ...target, arguments: JSON.stringify(answer.args) };
}
