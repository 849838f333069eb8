/** What a plugin of the real OpenCode gets and does, proven with throwaway plugins. Later tests build on exactly this. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isInstalled } from "./clients.js";
import { isolate, type Machine } from "./isolate.js";
import type { ChatBody } from "./mock-model/chat.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig, writePlugin, writePluginPackages } from "./opencode.js";
import { pluginCalls, recordingPlugin, recordingServer } from "./probes.js";

const context = "CONTEXT-OF-THE-PROBE";

describe.skipIf(!isInstalled("opencode") || !isInstalled("plugin"))("OpenCode", () => {
  let mock: MockModel;
  let machine: Machine;
  beforeAll(async () => {
    mock = await startMockModel();
  });
  afterAll(() => mock.close());
  afterEach(() => machine.remove());

  function prepare(): void {
    machine = isolate("opencode");
    writeOpencodeConfig(machine, mock.url, { servers: { probe: recordingServer(machine) } });
    writePlugin(machine, "recorder.js", recordingPlugin(machine, context));
  }

  const run = () => opencodeRun(machine, "go", { timeout: 200_000 });
  const of = (hook: string) => pluginCalls(machine).filter((call) => call.hook === hook);
  const events = (type: string) =>
    of("event")
      .filter(({ input }) => input?.type === type)
      .map(({ input }) => input?.properties as Record<string, unknown>);

  test("tool.execute.after has the exit code, and the system prompt of turns carries the context", async () => {
    prepare();
    writePluginPackages(machine);
    mock.script([
      { shell: "echo out; exit 3" },
      { tool: "bash", args: { command: "sleep 9", description: "too long", timeout: 300 } },
      { tool: "probe_echo", args: { text: "round trip" } },
      { tool: "read", args: { filePath: "missing.txt" } },
      { text: "done" },
    ]);
    const { exit } = await run();
    expect(exit).toBe(0);
    const after = of("tool.execute.after").map(({ input, output }) => [input?.tool, output?.metadata]);
    expect(after).toEqual([
      ["bash", expect.objectContaining({ exit: 3 })],
      ["bash", expect.objectContaining({ exit: null })],
      ["probe_echo", undefined],
    ]);
    const failed = events("message.part.updated")
      .map(({ part }) => part as { type: string; tool?: string; state?: { status: string } })
      .filter(({ state }) => state?.status === "error");
    expect(failed.map(({ tool }) => tool)).toEqual(["read"]);
    expect(mock.turns().map(({ text }) => text.includes(context))).toEqual([true, true, true, true, true]);
    const titles = mock.received.filter(({ purpose }) => purpose === "title");
    expect(titles.map(({ text }) => text.includes(context))).toEqual([false]);
    expect(mock.turns()[3]?.text).toContain("round trip");
    expect(pluginCalls(machine).at(-1)?.hook).toBe("dispose");
  });

  test("compaction takes what a plugin adds, and tells of its end", async () => {
    prepare();
    writePluginPackages(machine);
    mock.script([{ shell: "true", inputTokens: 300_000 }, { text: "done" }]);
    await run();
    expect(mock.received.map(({ purpose }) => purpose)).toEqual(["title", "turn", "compaction", "turn"]);
    expect(mock.received[2]?.text).toContain(`${context} compacting`);
    expect(mock.received[3]?.text).toContain(context);
    expect(events("session.compacted")).toEqual([{ sessionID: expect.stringMatching(/^ses_/) }]);
  });

  test("a 429 with Retry-After is a session.status of type retry, with the time of the next attempt", async () => {
    prepare();
    writePluginPackages(machine);
    mock.script([{ status: 429, headers: { "retry-after": "3" } }, { text: "done" }]);
    const { exit } = await run();
    expect(exit).toBe(0);
    const retries = of("event").filter(({ input }) => JSON.stringify(input).includes(`"type":"retry"`));
    expect(retries).toHaveLength(1);
    const properties = retries[0]?.input?.properties as { status: Record<string, unknown> } | undefined;
    expect(Object.keys(properties?.status ?? {}).sort()).toEqual(["attempt", "message", "next", "type"]);
    const wait = Number(properties?.status.next) - Number(retries[0]?.at);
    expect(wait).toBeGreaterThan(2000);
    expect(wait).toBeLessThanOrEqual(3000);
    expect(events("session.error")).toEqual([]);
  });

  test("a request that is refused for good is a session.error", async () => {
    prepare();
    writePluginPackages(machine);
    mock.script([{ status: 400 }]);
    await run();
    expect(events("session.error")).toMatchObject([{ error: { name: "APIError", data: { statusCode: 400 } } }]);
  });

  test("instructions bring a file into the system prompt without a plugin", async () => {
    machine = isolate("opencode");
    const file = join(machine.root, "brief.md");
    writeFileSync(file, `${context}\n`);
    writeOpencodeConfig(machine, mock.url, { settings: { instructions: [file] } });
    mock.script([{ text: "done" }]);
    await run();
    expect(mock.turns().map(({ text }) => text.includes(context))).toEqual([true]);
  });

  const throws = (hook: string) => `export const Throws = async () => ({
    "${hook}": async () => { throw new Error("thrown by a hook"); },
  });`;

  test("a throw in tool.execute.after takes the result of the tool from the model", async () => {
    prepare();
    writePluginPackages(machine);
    writePlugin(machine, "throws.js", throws("tool.execute.after"));
    mock.script([{ shell: "echo out; exit 3" }, { text: "done" }]);
    await run();
    const { messages = [] } = (mock.turns()[1]?.body ?? {}) as ChatBody;
    expect(messages.at(-1)).toMatchObject({ role: "tool", content: "thrown by a hook" });
  });

  test("a throw in experimental.chat.system.transform ends the session before its first request", async () => {
    prepare();
    writePluginPackages(machine);
    writePlugin(machine, "throws.js", throws("experimental.chat.system.transform"));
    mock.script([{ text: "done" }]);
    const { exit } = await run();
    expect([exit, mock.received.length]).toEqual([1, 0]);
  });

  describe("with npm unreachable", () => {
    /** Milliseconds from the start of OpenCode to the first call of the plugin. */
    const startOfPlugin = async () => {
      mock.script([{ text: "done" }]);
      const began = Date.now();
      const { exit } = await run();
      expect(exit).toBe(0);
      const [first] = of("plugin");
      return first === undefined ? undefined : first.at - began;
    };

    test("a plugin without packages holds the start up for more than a minute", async () => {
      prepare();
      expect(await startOfPlugin()).toBeGreaterThan(60_000);
    });

    test("packages that are there already make it start at once", async () => {
      prepare();
      writePluginPackages(machine);
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });

    test("an empty node_modules and a lock that names the package are enough", async () => {
      prepare();
      mkdirSync(join(machine.opencodeConfig, "node_modules"));
      const lock = { packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
      writeFileSync(join(machine.opencodeConfig, "package-lock.json"), JSON.stringify(lock));
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });

    test("no retries in .npmrc shorten the wait", async () => {
      prepare();
      writeFileSync(join(machine.opencodeConfig, ".npmrc"), "fetch-retries=0\n");
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });
  });
});
