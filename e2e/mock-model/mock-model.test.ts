/** The mock model, without a client. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseSteps, type Step } from "./script.js";
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

test("sessions that run at once have a script each, and a step may wait for another session", async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const waiting = async (): Promise<Step> => {
    await released;
    return { text: "after b" };
  };
  mock.script({ "session a": [waiting], "session b": [{ text: "before a" }] });
  const answers: string[] = [];
  const ask = async (content: string) =>
    answers.push(/after b|before a/.exec(await (await chat([{ role: "user", content }])).text())?.[0] ?? "");
  const a = ask("of session a");
  await ask("of session b");
  release();
  await a;
  expect(answers).toEqual(["before a", "after b"]);
});

test("an aside is thought before each answer, and stands in titles and errors", async () => {
  const thinking = await startMockModel("by the way");
  try {
    thinking.script([{ text: "done" }, { status: 429 }]);
    const post = (path: string, body: object) =>
      fetch(`${thinking.url}/${path}`, { method: "POST", body: JSON.stringify({ model: "m", ...body }) });
    const response = await (await post("responses", { input: "go", stream: true })).text();
    expect(response).toMatch(/"type":"reasoning".*"summary_text","text":"by the way"/);
    expect(await (await post("chat/completions", { messages: [] })).text()).toContain("mock status 429 by the way");
    const title = { messages: [{ role: "system", content: "You are a title generator." }] };
    expect(await (await post("chat/completions", title)).text()).toMatch(
      /title of the mock by the way.*reasoning_content/,
    );
  } finally {
    await thinking.close();
  }
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
