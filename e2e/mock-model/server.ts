/** A model on loopback for tests: answers as scripted and keeps what it received. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as chat from "./chat.js";
import * as responses from "./responses.js";
import { answerOf, type OfferedTool, parseSteps, type Scripted, type Step } from "./script.js";

/** One request that the mock received, in the order of arrival. `authorization` is cut to its first ten characters. */
export interface Received {
  api: "responses" | "chat" | "models" | "other";
  /** `turn` takes a step of the script; `compaction` and `title` are asked by the client for itself. */
  purpose: "turn" | "compaction" | "title" | "none";
  /** Milliseconds since the mock started. */
  at: number;
  path: string;
  headers: Record<string, string>;
  body: unknown;
  /** The body as it came, to search in. */
  text: string;
  /** The HTTP status it was answered with. */
  status: number;
  tools: OfferedTool[];
}

/** A running mock model. */
export interface MockModel {
  /** Base URL with `/v1`, for the configuration of a client. */
  url: string;
  received: Received[];
  /** The requests of turns only: what a session sent to the model for the user. */
  turns(): Received[];
  /**
   * Hands in a script: each request of a turn takes the next step. Sessions that run at once have one each, by a word that
   * stands in every request of theirs and in none of another. Without a script, prompts decide again. Forgets what came
   * before; ids count from 1 again.
   */
  script(steps?: Scripted[] | Record<string, Scripted[]>): void;
  close(): Promise<void>;
}

const compactionPrompts = /CONTEXT CHECKPOINT COMPACTION|anchored summary|summariz(e|ing) (the|our|conversations)/i;
const titlePrompts = /You are a title generator/;

/**
 * Starts a mock on a free port of 127.0.0.1. Without a script the last prompt with `#steps` in it decides. `aside` is what
 * the model thinks before each answer; it stands in its titles, summaries and errors as well.
 */
export async function startMockModel(aside?: string): Promise<MockModel> {
  const started = Date.now();
  const received: Received[] = [];
  let scripts: Map<string, Scripted[]> | undefined;
  let serial = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await bodyOf(request);
    const path = request.url ?? "/";
    const entry: Received = {
      api: path.endsWith("/responses")
        ? "responses"
        : path.endsWith("/chat/completions")
          ? "chat"
          : path.endsWith("/models")
            ? "models"
            : "other",
      purpose: "none",
      at: Date.now() - started,
      path,
      headers: visibleHeaders(request),
      body: parse(text),
      text,
      status: 200,
      tools: [],
    };
    received.push(entry);
    if (entry.api === "models") {
      return sendJson(response, 200, { object: "list", data: [{ id: "mock-model", object: "model" }] });
    }
    if (entry.api === "other") {
      entry.status = 404;
      return sendJson(response, 404, { error: { message: "no such route", type: "not_found" } });
    }
    const body = entry.body as chat.ChatBody & responses.ResponsesBody;
    entry.tools = entry.api === "chat" ? chat.toolsOf(body) : responses.toolsOf(body);
    entry.purpose = purposeOf(entry);
    const step: Step = entry.purpose === "turn" ? await next(entry, body) : { text: ofItself(entry.purpose) };
    if ("status" in step) {
      entry.status = step.status;
      return sendJson(response, step.status, errorOf(step, aside), step.headers);
    }
    const tokens = step.inputTokens ?? 1000;
    const reply = answerOf(step, entry.tools);
    serial++;
    if (entry.api === "chat") chat.sendChat(response, body, reply, serial, tokens, aside);
    else responses.sendResponse(response, body.model ?? "mock-model", reply, serial, tokens, aside);
  };

  const ofItself = (purpose: string) => [`a ${purpose} of the mock`, aside].join(" ").trim();

  const next = ({ api, text }: Received, body: chat.ChatBody & responses.ResponsesBody): Step | Promise<Step> => {
    if (scripts) {
      const [, script] = [...scripts].find(([word]) => text.includes(word)) ?? [];
      const step = script?.shift() ?? { text: "the script is over" };
      return typeof step === "function" ? step(text) : step;
    }
    const prompts = api === "chat" ? chat.promptsOf(body) : responses.promptsOf(body);
    const last = prompts.findLast((prompt) => parseSteps(prompt.text) !== undefined);
    if (last === undefined) return { text: "ok" };
    return parseSteps(last.text)?.[last.results] ?? { text: "the script is over" };
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      sendJson(response, 500, { error: { message: String(error), type: "mock_error" } }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    received,
    turns: () => received.filter(({ purpose }) => purpose === "turn"),
    script: (steps) => {
      const byWord = Array.isArray(steps) ? { "": steps } : steps;
      scripts = byWord && new Map(Object.entries(byWord).map(([word, script]) => [word, [...script]]));
      received.length = 0;
      serial = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function purposeOf({ api, body, tools }: Received): Received["purpose"] {
  if (api === "chat") {
    const messages = (body as chat.ChatBody).messages ?? [];
    if (messages.some((m) => m.role === "system" && titlePrompts.test(chat.textOf(m)))) return "title";
    return tools.length === 0 && messages.some((m) => compactionPrompts.test(chat.textOf(m))) ? "compaction" : "turn";
  }
  const last = responses.itemsOf(body as responses.ResponsesBody).at(-1);
  return last && compactionPrompts.test(responses.textOf(last)) ? "compaction" : "turn";
}

function errorOf({ status, error }: Extract<Step, { status: number }>, aside?: string): object {
  const [type, code] =
    status === 429
      ? ["rate_limit_error", "rate_limit_exceeded"]
      : status >= 500
        ? ["server_error", "server_error"]
        : ["invalid_request_error", "invalid_request"];
  const message = [`mock status ${status}`, aside].join(" ").trim();
  return { error: { message, type, code, ...error } };
}

function visibleHeaders(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]): [string, string] => {
    const text = String(value);
    return [name, name === "authorization" ? `${text.slice(0, 10)}...` : text];
  });
  return Object.fromEntries(entries);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
