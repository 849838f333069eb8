/** What a plugin of the real OpenCode gets and does, proven with throwaway plugins. Later tests build on exactly this. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeWith } from "./ground.js";
import type { ChatBody } from "./mock-model/chat.js";
import { opencodeRun, writeOpencodeConfig, writePlugin, writePluginPackages } from "./opencode.js";
import { pluginCalls, recordingPlugin, recordingServer } from "./probes.js";

const context = "CONTEXT-OF-THE-PROBE";

describeWith("OpenCode", ["opencode", "plugin"], (on) => {
  function prepare(): void {
    const { machine, mock } = on;
    writeOpencodeConfig(machine, mock.url, { servers: { probe: recordingServer(machine) } });
    writePlugin(machine, "recorder.js", recordingPlugin(machine, context));
  }

  const run = () => opencodeRun(on.machine, "go", { timeout: 200_000 });
  const of = (hook: string) => pluginCalls(on.machine).filter((call) => call.hook === hook);
  const events = (type: string) =>
    of("event")
      .filter(({ input }) => input?.type === type)
      .map(({ input }) => input?.properties as Record<string, unknown>);

  test("tool.execute.after has the exit code, and the system prompt of turns carries the context", async () => {
    prepare();
    writePluginPackages(on.machine);
    on.mock.script([
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
    expect(on.mock.turns().map(({ text }) => text.includes(context))).toEqual([true, true, true, true, true]);
    const titles = on.mock.received.filter(({ purpose }) => purpose === "title");
    expect(titles.map(({ text }) => text.includes(context))).toEqual([false]);
    expect(on.mock.turns()[3]?.text).toContain("round trip");
    expect(pluginCalls(on.machine).at(-1)?.hook).toBe("dispose");
  });

  test("compaction takes what a plugin adds, and tells of its end", async () => {
    prepare();
    writePluginPackages(on.machine);
    on.mock.script([{ shell: "true", inputTokens: 300_000 }, { text: "done" }]);
    await run();
    expect(on.mock.received.map(({ purpose }) => purpose)).toEqual(["title", "turn", "compaction", "turn"]);
    expect(on.mock.received[2]?.text).toContain(`${context} compacting`);
    expect(on.mock.received[3]?.text).toContain(context);
    expect(events("session.compacted")).toEqual([{ sessionID: expect.stringMatching(/^ses_/) }]);
  });

  test("a 429 with Retry-After is a session.status of type retry, with the time of the next attempt", async () => {
    prepare();
    writePluginPackages(on.machine);
    on.mock.script([{ status: 429, headers: { "retry-after": "3" } }, { text: "done" }]);
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
    writePluginPackages(on.machine);
    on.mock.script([{ status: 400 }]);
    await run();
    expect(events("session.error")).toMatchObject([{ error: { name: "APIError", data: { statusCode: 400 } } }]);
  });

  test("instructions bring a file into the system prompt without a plugin", async () => {
    const file = join(on.machine.root, "brief.md");
    writeFileSync(file, `${context}\n`);
    writeOpencodeConfig(on.machine, on.mock.url, { settings: { instructions: [file] } });
    on.mock.script([{ text: "done" }]);
    await run();
    expect(on.mock.turns().map(({ text }) => text.includes(context))).toEqual([true]);
  });

  const throws = (hook: string) => `export const Throws = async () => ({
    "${hook}": async () => { throw new Error("thrown by a hook"); },
  });`;

  test("a throw in tool.execute.after takes the result of the tool from the model", async () => {
    prepare();
    writePluginPackages(on.machine);
    writePlugin(on.machine, "throws.js", throws("tool.execute.after"));
    on.mock.script([{ shell: "echo out; exit 3" }, { text: "done" }]);
    await run();
    const { messages = [] } = (on.mock.turns()[1]?.body ?? {}) as ChatBody;
    expect(messages.at(-1)).toMatchObject({ role: "tool", content: "thrown by a hook" });
  });

  test("a throw in experimental.chat.system.transform ends the session before its first request", async () => {
    prepare();
    writePluginPackages(on.machine);
    writePlugin(on.machine, "throws.js", throws("experimental.chat.system.transform"));
    on.mock.script([{ text: "done" }]);
    const { exit } = await run();
    expect([exit, on.mock.received.length]).toEqual([1, 0]);
  });

  // That a plugin without packages holds the start up for more than a minute is shown with Baton's own plugin.
  describe("with npm unreachable", () => {
    /** Milliseconds from the start of OpenCode to the first call of the plugin. */
    const startOfPlugin = async () => {
      on.mock.script([{ text: "done" }]);
      const began = Date.now();
      const { exit } = await run();
      expect(exit).toBe(0);
      const [first] = of("plugin");
      return first === undefined ? undefined : first.at - began;
    };

    test("packages that are there already make it start at once", async () => {
      prepare();
      writePluginPackages(on.machine);
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });

    test("an empty node_modules and a lock that names the package are enough", async () => {
      prepare();
      mkdirSync(join(on.machine.opencodeConfig, "node_modules"));
      const lock = { packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } } };
      writeFileSync(join(on.machine.opencodeConfig, "package-lock.json"), JSON.stringify(lock));
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });

    test("no retries in .npmrc shorten the wait", async () => {
      prepare();
      writeFileSync(join(on.machine.opencodeConfig, ".npmrc"), "fetch-retries=0\n");
      expect(await startOfPlugin()).toBeLessThan(60_000);
    });
  });
});
