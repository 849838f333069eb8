/** The mock model, without a client. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseSteps } from "./script.js";
import { type MockModel, startMockModel } from "./server.js";

let mock: MockModel;
beforeEach(async () => {
  mock = await startMockModel();
});
afterEach(() => mock.close());

const bash = { type: "function", function: { name: "bash", parameters: {} } };

async function chat(messages: object[], { stream = false, tools = [bash] } = {}): Promise<Response> {
  const headers = { authorization: "Bearer some-key-of-a-test" };
  const body = JSON.stringify({ model: "m", messages, tools, stream });
  return fetch(`${mock.url}/chat/completions`, { method: "POST", headers, body });
}

test("a prompt scripts the model: each tool result leads to the next step", async () => {
  const prompt = { role: "user", content: "#steps shell:exit 3 ~ text:all done" };
  const first = (await (await chat([prompt])).json()) as { choices: { message: { tool_calls: object[] } }[] };
  expect(first.choices[0]?.message.tool_calls).toMatchObject([
    { function: { name: "bash", arguments: JSON.stringify({ command: "exit 3", description: "scripted" }) } },
  ]);
  const second = await (await chat([prompt, { role: "tool", content: "3" }])).text();
  expect(second).toContain("all done");
});

test("a script that is handed in answers requests in order, with statuses, headers and usage", async () => {
  mock.script([
    { status: 429, headers: { "retry-after": "7" } },
    { text: "done", inputTokens: 300_000 },
  ]);
  const limited = await chat([]);
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(await (await chat([])).json()).toMatchObject({ usage: { prompt_tokens: 300_000 } });
});

test("titles and compactions take no step of the script", async () => {
  mock.script([{ text: "the step" }]);
  await chat([{ role: "system", content: "You are a title generator." }], { tools: [] });
  expect(await (await chat([])).text()).toContain("the step");
  expect(mock.received.map(({ purpose }) => purpose)).toEqual(["title", "turn"]);
});

test("what was received is kept, without the key", async () => {
  await chat([{ role: "user", content: "remember me" }]);
  expect(mock.turns()[0]?.text).toContain("remember me");
  expect(JSON.stringify(mock.received)).not.toContain("key-of-a-test");
});

test("a stream of Responses ends with response.completed and calls a tool of a namespace", async () => {
  mock.script([{ tool: "probe__echo", args: { text: "x" } }]);
  const tools = [{ type: "namespace", name: "mcp__probe", tools: [{ type: "function", name: "echo" }] }];
  const body = JSON.stringify({ model: "m", input: "go", tools, stream: true });
  const text = await (await fetch(`${mock.url}/responses`, { method: "POST", body })).text();
  expect(text).toContain(`"name":"echo","namespace":"mcp__probe"`);
  expect(text.trim().split("\n\n").at(-1)).toMatch(/^event: response\.completed\n/);
});

test("a tool that was not offered and a step that does not exist are said aloud", async () => {
  mock.script([{ tool: "nobody", args: {} }]);
  expect(await (await chat([])).text()).toContain("was not offered");
  expect(() => parseSteps("#steps shel:exit 3")).toThrow(/unknown step "shel"/);
});
