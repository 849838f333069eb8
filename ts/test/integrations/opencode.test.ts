import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openClient } from "../../src/client/client.js";
import { addNote } from "../../src/client/notes.js";
import type { Hooks } from "../../src/integrations/opencode/hooks.js";
import { BatonPlugin } from "../../src/integrations/opencode/index.js";
import { readFolder } from "../../src/segment/folder.js";
import { healthOf } from "../../src/segment/verify.js";
import { type Call, callsOf, make, makePlace, type Place, watched, writeCheck } from "./opencode-place.js";

const transform = "experimental.chat.system.transform";
const sessions = ["session", "tool-errors", "compacted", "limited", "free-limit", "overloaded", "refused"];

/** Replays a session of the real OpenCode; gives its calls, with the outputs as the plugin left them. */
async function replay(place: Place, session: string, change: (call: Call) => Call = (call) => call): Promise<Call[]> {
  const hooks = await place.load();
  const calls = callsOf(session, place).map(change);
  for (const call of calls) await make(hooks, call);
  return calls;
}

function systemOf({ output }: Call): string {
  return (output?.system as string[] | undefined)?.[0] ?? "";
}

/** The session with its commands replaced by a check. */
function withCheck(command: string): (call: Call) => Call {
  return (call) => JSON.parse(JSON.stringify(call).replaceAll("echo out; exit 3", command)) as Call;
}

describe("the brief", () => {
  it("ends the last text of the system prompt of turns, and titles stay as they are", async () => {
    const place = makePlace();
    const before = callsOf("session", place).filter(({ hook }) => hook === transform);
    const after = (await replay(place, "session")).filter(({ hook }) => hook === transform);
    expect(after).toHaveLength(5);
    const [title, ...turns] = after;
    expect(title).toEqual(before[0]);
    for (const [at, turn] of turns.entries()) {
      const had = systemOf(before[at + 1] as Call);
      expect(systemOf(turn).startsWith(`${had}\n\nBaton brief at `)).toBe(true);
    }
  });

  it("is one string for all requests of a session, whatever is recorded meanwhile", async () => {
    const place = makePlace();
    const hooks = await place.load();
    const first = await ask(hooks);
    expect(first).toContain("nothing is recorded for github.com/acme/widgets");
    await note(place, "recorded in between");
    expect(await ask(hooks)).toBe(first);
    expect(await ask(hooks, "ses_other")).toContain("recorded in between");
  });

  it("is made anew after compaction, and stands in the request that compacts", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    await note(place, "recorded in between");
    const output = { context: [] as string[] };
    await hooks["experimental.session.compacting"]({ sessionID: "ses_1" }, output);
    expect(output.context).toEqual([expect.stringMatching(/^Baton brief after compaction .*recorded in between/s)]);
    await hooks.event(event("session.compacted", {}));
    const renewed = await ask(hooks);
    expect(renewed).toMatch(/Baton brief after compaction .*recorded in between/s);
    expect(await ask(hooks)).toBe(renewed);
    expect(place.recorded("sessionMark").map(({ phase }) => phase)).toEqual([1, 2]);
  });

  it("is not given to the requests that OpenCode makes for itself, nor to subagents, nor without a session", async () => {
    const hooks = await makePlace().load();
    for (const start of ["You are a title generator. ", "You are a context summarization agent. "])
      expect(await ask(hooks, "ses_1", start)).toBe(start);
    await hooks.event(event("session.created", { info: { id: "ses_2", parentID: "ses_1" } }, "ses_2"));
    expect(await ask(hooks, "ses_2")).toBe("You are a helper.");
    const output = { system: ["You are a helper."] };
    await hooks[transform]({ model: { id: "m", providerID: "p" } }, output);
    expect(output.system).toEqual(["You are a helper."]);
  });

  it("tells what was recorded otherwise before it records what is so now", async () => {
    const place = makePlace();
    await ask(await place.load());
    place.sh("git checkout -q -b topic");
    expect(await ask(await place.load(), "ses_2")).toContain("drift: was branch main");
    expect(await ask(await place.load(), "ses_3")).not.toContain("drift");
  });
});

describe("checks", () => {
  it("are recorded with the exit status and the time of the real calls", async () => {
    const place = makePlace();
    await replay(place, "session", withCheck("./gradlew test"));
    const [check, ...more] = place.recorded("validation");
    expect(more).toEqual([]);
    expect(check).toMatchObject({ command: expect.stringMatching(/gradlew test$/), exitCode: 3, source: 3 });
    expect(check?.treeDigest).toMatch(/^[0-9a-f]{32}$/);
    expect(check?.session).toMatch(/^s-[0-9a-f]{16}$/);
    expect(check?.durationMs).toBeDefined();
  });

  it("have no exit status where OpenCode ended them, and none is recorded of what is no check", async () => {
    const place = makePlace();
    await replay(place, "tool-errors", (call) => withText(call, "sleep 9", "./gradlew test"));
    expect(place.recorded("validation")).toMatchObject([{ source: 3 }]);
    expect(place.recorded("validation")[0]).not.toHaveProperty("exitCode");
  });

  it("have no tree where it changed meanwhile, and none where the beginning was not seen", async () => {
    const place = makePlace();
    writeCheck(place, 0);
    const hooks = await place.load();
    await begins(hooks, "call_1");
    writeFileSync(join(place.repository, "new.txt"), "new\n");
    await ends(hooks, "call_1", 0);
    await ends(hooks, "call_2", 0);
    expect(place.recorded("validation").map(({ treeDigest }) => treeDigest)).toEqual([undefined, undefined]);
    expect(place.recorded("validation").map(({ durationMs }) => durationMs !== undefined)).toEqual([true, false]);
  });

  it("run where workdir and cd say", async () => {
    const place = makePlace();
    place.sh("git init -q ../other && git -C ../other commit -q --allow-empty -m other && mkdir deep");
    const hooks = await place.load();
    const elsewhere = { command: "./gradlew test", workdir: join(place.root, "other") };
    await hooks["tool.execute.after"](call("call_1", elsewhere), { metadata: { exit: 0 } });
    await hooks["tool.execute.after"](call("call_2", { command: "cd deep && npm test" }), { metadata: { exit: 1 } });
    const [other, deep] = place.recorded("validation");
    expect(other?.worktree).not.toBe(deep?.worktree);
    expect(deep).toMatchObject({ command: "npm test", exitCode: 1 });
  });

  it("are told by the settings too", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    writeFileSync(join(place.home, "config.json"), '{"checks": ["scripts/verify"]}');
    await hooks["tool.execute.after"](call("call_1", { command: "scripts/verify --all" }), { metadata: { exit: 2 } });
    expect(place.recorded("validation")).toMatchObject([{ exitCode: 2 }]);
  });

  it("take nothing but a whole number for a status, and tools of MCP servers have none", async () => {
    const place = makePlace();
    const hooks = await place.load();
    // Each is another check: an end that is not known takes the place of none (RUN-014).
    for (const [at, metadata] of [{ exit: "0" }, { exit: 1.5 }, { exit: true }, { exit: null }].entries())
      await hooks["tool.execute.after"](call(`call_${at}`, { command: `npm test ${at}` }), { metadata });
    await hooks["tool.execute.after"](call("call_9", { command: "npm test 9" }), { content: [] });
    expect(place.recorded("validation").map(({ exitCode }) => exitCode)).toEqual(Array(5).fill(undefined));
    await hooks["tool.execute.after"]({ ...call("call_7", { command: "npm test" }), tool: "probe_echo" }, {});
    expect(place.recorded("validation")).toHaveLength(5);
  });
});

describe("models", () => {
  const health = (place: Place) => place.recorded("modelHealth").map(({ session: _, ...rest }) => rest);
  const model = { provider: "mock", model: "mock-model" };
  const next = 1795608007400;

  it("are limited until the next attempt after a 429, and available with the next answer", async () => {
    const place = makePlace();
    await replay(place, "limited");
    expect(health(place)).toEqual([
      { ...model, state: 2, limitResetsAt: next },
      { ...model, state: 1 },
    ]);
  });

  it("are limited where an account is, whatever the words", async () => {
    const place = makePlace();
    await replay(place, "free-limit", (call) => withText(call, "Free usage exceeded, subscribe to Go", "no more"));
    expect(health(place)).toMatchObject([{ state: 2, limitResetsAt: next + 100 }, { state: 1 }]);
  });

  it("are to be tried again after a 503", async () => {
    const place = makePlace();
    await replay(place, "overloaded");
    expect(health(place)).toEqual([
      { ...model, state: 3 },
      { ...model, state: 1 },
    ]);
  });

  it("have an error where the provider refuses", async () => {
    const place = makePlace();
    await replay(place, "refused");
    expect(health(place)).toEqual([{ ...model, state: 4, lastStatus: 400 }]);
  });

  it("stay limited until the reset that was told when the attempts are given up", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    const later = Date.now() + 3_600_000;
    const failure = (statusCode: unknown, name = "APIError") =>
      hooks.event(event("session.error", { error: { name, data: { statusCode } } }));
    await hooks.event(
      event("session.status", { status: { type: "retry", message: "Too Many Requests", next: later } }),
    );
    await failure(429);
    await failure(undefined);
    await failure(429, "UnknownError");
    expect(health(place)).toMatchObject([
      { state: 2, limitResetsAt: later },
      { state: 2, limitResetsAt: later, lastStatus: 429 },
    ]);
  });

  const words = {
    "Rate limited: too many requests": 2,
    rate_limit_exceeded: 2,
    "You exceeded your current quota": 2,
    "HTTP 429": 2,
    "Provider is overloaded": 3,
    "mock status 503": 3,
    "port 14290 refused": 3,
    "": 3,
  };

  it.each(Object.entries(words))("are told apart by the words %j", async (message, state) => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    await hooks.event(event("session.status", { status: { type: "retry", attempt: 1, message, next } }));
    expect(health(place)).toMatchObject([{ state }]);
  });

  it("are those that a session talks to: not the one of titles, and none before the first", async () => {
    const place = makePlace();
    const hooks = await place.load();
    const retry = event("session.status", { status: { type: "retry", message: "429", next } });
    await hooks.event(retry);
    expect(health(place)).toEqual([]);
    await ask(hooks);
    await ask(hooks, "ses_1", "You are a title generator.", { id: "small", providerID: "p" });
    await hooks.event(retry);
    expect(health(place)).toMatchObject([{ provider: "p", model: "m" }]);
  });

  it("are recorded once as long as nothing changes", async () => {
    const place = makePlace();
    await replay(place, "session");
    expect(health(place)).toEqual([{ ...model, state: 1 }]);
  });
});

describe("where one stands", () => {
  it("is observed at the start, and again when HEAD has moved", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    const first = place.recorded("pointer").length;
    expect(first).toBe(3);
    await hooks.event(event("session.idle", {}));
    expect(place.recorded("pointer")).toHaveLength(first);
    place.sh("git commit -q --allow-empty -m more");
    await hooks.event(event("session.idle", {}));
    await hooks.event(event("session.idle", {}));
    expect(place.recorded("pointer")).toHaveLength(first + 1);
    expect(place.recorded("configFact")).toEqual([]);
  });

  it("starts and ends are marked, of sessions that are resumed too", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await hooks.event(event("session.created", { info: { id: "ses_1" } }));
    await ask(hooks);
    await ask(hooks, "ses_resumed");
    await hooks.event(event("session.created", { info: { id: "ses_3", parentID: "ses_1" } }, "ses_3"));
    await hooks.dispose();
    expect(place.recorded("sessionMark").map(({ phase }) => phase)).toEqual([1, 1, 3, 3]);
    expect(new Set(place.recorded("sessionMark").map(({ session }) => session)).size).toBe(2);
  });
});

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

async function ask(
  hooks: Hooks,
  sessionID = "ses_1",
  start = "You are a helper.",
  model = { id: "m", providerID: "p" },
): Promise<string> {
  const output = { system: [start] };
  await hooks[transform]({ sessionID, model }, output);
  return output.system[0] ?? "";
}

async function note(place: Place, text: string): Promise<void> {
  const client = openClient({ name: "cli", dir: place.repository, env: process.env, writes: true });
  await addNote(client, text, "note");
}

function event(type: string, properties: object, sessionID = "ses_1"): object {
  return { event: { id: "evt_1", type, properties: { sessionID, ...properties } } };
}

function call(callID: string, args: object): object {
  return { tool: "bash", sessionID: "ses_1", callID, args };
}

async function begins(hooks: Hooks, callID: string): Promise<void> {
  await hooks["tool.execute.before"]({ tool: "bash", sessionID: "ses_1", callID }, { args: { command: "npm test" } });
}

async function ends(hooks: Hooks, callID: string, exit: unknown): Promise<void> {
  await hooks["tool.execute.after"](call(callID, { command: "npm test" }), { metadata: { exit } });
}

/** The call with one text in it replaced. */
function withText(call: Call, text: string, by: string): Call {
  return JSON.parse(JSON.stringify(call).replaceAll(text, by)) as Call;
}
