/** What OpenCode never notices of the plugin, and what the plugin never reads or keeps. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Hooks } from "../../src/integrations/opencode/hooks.js";
import { BatonPlugin } from "../../src/integrations/opencode/index.js";
import { readFolder } from "../../src/segment/folder.js";
import { healthOf } from "../../src/segment/verify.js";
import { type Call, callsOf, make, makePlace, watched } from "./opencode-place.js";
import { ask, event, replay, sessions, withCheck } from "./opencode-sessions.js";

describe("what OpenCode must not notice", () => {
  /** All hooks with inputs of every shape; each must resolve. */
  async function storm(hooks: Hooks): Promise<void> {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error("read");
        },
      },
    );
    const shapes = [
      undefined,
      null,
      1,
      "text",
      [],
      {},
      trap,
      { sessionID: 1 },
      { sessionID: "s", callID: "c", tool: "bash" },
    ];
    for (const name of Object.keys(hooks).filter((name) => name !== "dispose"))
      for (const input of shapes)
        for (const output of [...shapes, { system: [] }, { system: [1] }, { context: Object.freeze([]) }])
          await expect(hooks[name as keyof Hooks](input, output)).resolves.toBeUndefined();
    for (const type of ["session.created", "session.error", "constructor", "__proto__", "toString"])
      for (const properties of shapes) await hooks.event({ event: { type, properties } });
    await expect(hooks.dispose()).resolves.toBeUndefined();
  }

  it("inputs of every shape", async () => {
    await storm(await makePlace().load());
  });

  it.each(sessions)("a state directory that cannot be used, in the session %s", async (session) => {
    const place = makePlace();
    vi.stubEnv("BATON_HOME", join(place.repository, ".git", "HEAD"));
    const before = callsOf(session, place);
    const after = await replay(place, session, withCheck("npm test"));
    const untouched = (calls: Call[]) => calls.map(({ output }) => output?.metadata);
    expect(untouched(after)).toEqual(untouched(before));
    await storm(await place.load());
  });

  it("settings that are wrong, a wrong clock, and no repository", async () => {
    const place = makePlace();
    await ask(await place.load());
    writeFileSync(join(place.home, "config.json"), "not JSON");
    await replay(place, "session", withCheck("npm test"));
    vi.stubEnv("BATON_NOW", "soon");
    await replay(place, "session", withCheck("npm test"));
    vi.stubEnv("BATON_NOW", undefined);
    vi.stubEnv("BATON_HOME", join(place.root, "second"));
    const hooks = await BatonPlugin({ directory: join(place.root, "home") });
    expect(await ask(hooks)).toContain("nothing is recorded for this directory");
    await storm(await BatonPlugin(undefined));
  });

  it("a record that is refused: it is counted, and what comes next is recorded", async () => {
    const place = makePlace();
    const hooks = await place.load();
    const retry = event("session.status", { status: { type: "retry", message: "429", next: 1795608007400 } });
    await ask(hooks, "ses_1", "You are a helper.", { id: "no model\nname", providerID: "p" });
    await hooks.event(retry);
    await ask(hooks);
    await hooks.event(retry);
    await hooks.dispose();
    expect(place.recorded("modelHealth")).toMatchObject([{ model: "m" }]);
    const folder = readFolder(join(place.home, "segments"));
    expect(healthOf(folder, 0).dropped).toBe(1);
  });

  it("calls after the end", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    await hooks.dispose();
    for (const call of callsOf("session", place)) await make(hooks, call);
  });
});

describe("what is read and what is kept", () => {
  /** Fields that the plugin needs as they are; every other text of a call becomes a canary. */
  const named = /^(type|tool|sessionID|callID|providerID|modelID|id|role|finish|name|parentID|hook|workdir)$/;

  function poisoned(value: unknown, key = ""): unknown {
    if (Array.isArray(value)) return value.map((item) => poisoned(item, key));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poisoned(item, name)]));
    if (typeof value !== "string" || named.test(key)) return value;
    if (key === "command") return "TOKEN=CANARY-ENV npm test -- --grep CANARY-ARGUMENT";
    return `${value} CANARY-${key}`;
  }

  it("no text of a session is anywhere in the state directory", async () => {
    const place = makePlace();
    for (const session of sessions) await replay(place, session, (call) => poisoned(call) as Call);
    expect(place.recorded("validation").length).toBeGreaterThan(0);
    expect(place.recorded("modelHealth").length).toBeGreaterThan(0);
    const bytes = place.bytes();
    for (const text of ["CANARY", "ses_0001", "call_2", "msg_0", place.root, "mock status", "title generator"])
      expect(bytes.includes(text), text).toBe(false);
  });

  it("there is no hook for messages, parameters and headers, which carry prompts and keys", async () => {
    expect(Object.keys(await makePlace().load()).sort()).toEqual([
      "dispose",
      "event",
      "experimental.chat.system.transform",
      "experimental.session.compacting",
      "shell.env",
      "tool.execute.after",
      "tool.execute.before",
    ]);
  });

  it("of all that a hook is given, the named fields alone are read", async () => {
    const place = makePlace();
    const seen = new Set<string>();
    const types = new Set(
      sessions.flatMap((session) => callsOf(session, place).flatMap(({ input }) => input?.type ?? [])),
    );
    for (const session of sessions)
      await replay(place, session, (call) => {
        const checked = withCheck("npm test")(call);
        const { hook, input, output } = checked;
        const name = hook === "event" ? `event ${input?.type}` : hook;
        return {
          hook,
          ...(input && { input: watched(input, seen, `${name}: in`) }),
          ...(output && { output: watched(output, seen, `${name}: out`) }),
        };
      });
    expect([...seen].sort()).toEqual(
      [
        ...[...types].map((type) => `event ${type}: in.type`),
        "event message.updated: in.properties.info.error",
        "event message.updated: in.properties.info.finish",
        "event message.updated: in.properties.info.modelID",
        "event message.updated: in.properties.info.providerID",
        "event message.updated: in.properties.info.role",
        "event message.updated: in.properties.info.time.completed",
        "event message.updated: in.properties.sessionID",
        "event session.compacted: in.properties.sessionID",
        "event session.created: in.properties.info.parentID",
        "event session.created: in.properties.sessionID",
        "event session.error: in.properties.error.data.statusCode",
        "event session.error: in.properties.error.name",
        "event session.error: in.properties.sessionID",
        "event session.idle: in.properties.sessionID",
        "event session.status: in.properties.sessionID",
        "event session.status: in.properties.status.action",
        "event session.status: in.properties.status.action.reason",
        "event session.status: in.properties.status.message",
        "event session.status: in.properties.status.next",
        "event session.status: in.properties.status.type",
        "experimental.chat.system.transform: in.model.id",
        "experimental.chat.system.transform: in.model.providerID",
        "experimental.chat.system.transform: in.sessionID",
        "experimental.chat.system.transform: out.system.*",
        "experimental.chat.system.transform: out.system",
        "experimental.session.compacting: in.sessionID",
        "experimental.session.compacting: out.context",
        "shell.env: in.callID",
        "shell.env: in.sessionID",
        "tool.execute.after: in.args.command",
        "tool.execute.after: in.args.workdir",
        "tool.execute.after: in.callID",
        "tool.execute.after: in.sessionID",
        "tool.execute.after: in.tool",
        "tool.execute.after: out.metadata.exit",
        "tool.execute.before: in.callID",
        "tool.execute.before: in.sessionID",
        "tool.execute.before: in.tool",
        "tool.execute.before: out.args.command",
        "tool.execute.before: out.args.workdir",
      ].sort(),
    );
  });
});
