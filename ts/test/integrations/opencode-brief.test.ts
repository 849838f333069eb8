/** What sessions of OpenCode are given, and what they leave behind of themselves. */
import { describe, expect, it } from "vitest";
import { type Call, callsOf, makePlace } from "./opencode-place.js";
import { ask, event, note, replay, transform } from "./opencode-sessions.js";

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

function systemOf({ output }: Call): string {
  return (output?.system as string[] | undefined)?.[0] ?? "";
}
