/** What runs inside of others: the plugin in OpenCode, the drop-in in the proxy, each loaded into a process of its own. */
import { join, resolve } from "node:path";
import { outsideFile } from "../set-up.js";
import { instant, type World } from "../world.js";
import { must, type Step } from "./step.js";

/** A session of OpenCode: what the plugin listens to, with all that OpenCode hands over. */
export const opencodeStep: Step = {
  name: "opencode",
  async run(world) {
    const { programs, checkout } = world;
    const input = JSON.stringify(callsOf(world));
    const ended = await world.node("opencode", host("opencode"), [programs.opencode, checkout], { input });
    must(ended.status === 0 && ended.stdout + ended.stderr === "", "opencode", ended);
  },
};

/** Requests through the proxy, in its own file and in Baton's state. */
export const proxyStep: Step = {
  name: "proxy",
  async run(world) {
    const input = JSON.stringify(eventsOf(world));
    const ended = await world.node("proxy", host("proxy"), [world.programs.proxy], { input });
    must(ended.status === 0 && ended.stdout + ended.stderr === "", "proxy", ended);
  },
};

function host(name: string): string {
  return resolve(join("conformance/leaks/hosts", `${name}.mjs`));
}

function callsOf(world: World): object[] {
  const { marker, text } = world.variant;
  const sessionID = marker("session");
  const event = (type: string, properties: object) => ({ hook: "event", input: { type, properties } });
  const tool = (name: string, callID: string, args: object, printed: object) => [
    { hook: "tool.execute.before", input: { tool: name, sessionID, callID }, output: { args } },
    { hook: "shell.env", input: { sessionID, callID, cwd: world.checkout }, output: { env: world.env } },
    { hook: "tool.execute.after", input: { tool: name, sessionID, callID, args }, output: printed },
  ];
  const print = (exit: number) => ({
    title: text("tool-output"),
    output: text("tool-output"),
    metadata: { exit, output: text("tool-output") },
  });
  const part = (type: string, said: string) =>
    event("message.part.updated", { sessionID, part: { type, text: said, sessionID } });
  const model = { providerID: "acme", id: "big-pickle", headers: { authorization: text("header") } };
  const failed = {
    name: "APIError",
    data: {
      message: text("error-body"),
      statusCode: 429,
      responseBody: text("error-body"),
      responseHeaders: { server: text("header") },
      url: `https://${marker("base-host")}.example.org/?${marker("query")}`,
    },
  };
  const answer = { id: "msg", sessionID, role: "assistant", providerID: "acme", modelID: "big-pickle", finish: "stop" };
  return [
    event("session.created", { sessionID, info: { id: sessionID, title: text("prompt"), directory: world.checkout } }),
    { hook: "chat.message", input: { sessionID }, output: { parts: [{ text: text("prompt") }] } },
    {
      hook: "experimental.chat.system.transform",
      input: { sessionID, model },
      output: { system: [text("instructions")] },
    },
    part("text", text("answer")),
    part("reasoning", text("reasoning")),
    ...tool("bash", marker("call"), { command: `cargo test ${marker("argument")}`, workdir: world.checkout }, print(0)),
    ...tool("bash", `${marker("call")}-2`, { command: `cat ${outsideFile(world)}` }, print(1)),
    ...tool(
      "write",
      `${marker("call")}-3`,
      { filePath: outsideFile(world), content: text("file-content"), text: text("tool-input") },
      print(0),
    ),
    event("session.status", {
      sessionID,
      status: { type: "retry", message: `429 ${text("error-body")}`, next: instant + 60_000 },
    }),
    event("session.error", { sessionID, error: failed }),
    event("message.updated", { sessionID, info: { ...answer, time: { completed: instant }, summary: text("answer") } }),
    {
      hook: "experimental.session.compacting",
      input: { sessionID, prompt: text("prompt") },
      output: { context: [text("answer")] },
    },
    event("session.compacted", { sessionID }),
    event("session.idle", { sessionID }),
  ];
}

function eventsOf({ variant: { marker, text } }: World): object[] {
  const event = {
    ts: instant - 1000,
    model: "big-pickle",
    returned_model: "big-pickle",
    latency_ms: 812,
    total_tokens: 15,
    prompt_tokens: 10,
    completion_tokens: 5,
    usage_source: "upstream",
    finish_reason: "stop",
    is_probe: false,
    headers: { authorization: `Bearer ${marker("key")}`, "user-agent": text("header") },
    url: `https://${marker("url-user")}@${marker("base-host")}.example.org/v1?key=${marker("query")}`,
    messages: [{ content: text("prompt") }, { content: text("instructions") }],
    body: text("request-body"),
    response: { choices: [{ message: { content: text("answer"), reasoning: text("reasoning") } }] },
  };
  return [
    { ...event, status: 200, ok: true, usage_reported: true },
    { ...event, status: 503, ok: false, error_type: text("error-body"), error: { message: text("response-body") } },
  ];
}
