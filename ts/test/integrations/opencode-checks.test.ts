/** Checks that OpenCode runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Hooks } from "../../src/integrations/opencode/hooks.js";
import { makePlace, writeCheck } from "./opencode-place.js";
import { ask, replay, withCheck, withText } from "./opencode-sessions.js";

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

function call(callID: string, args: object): object {
  return { tool: "bash", sessionID: "ses_1", callID, args };
}

async function begins(hooks: Hooks, callID: string): Promise<void> {
  await hooks["tool.execute.before"]({ tool: "bash", sessionID: "ses_1", callID }, { args: { command: "npm test" } });
}

async function ends(hooks: Hooks, callID: string, exit: unknown): Promise<void> {
  await hooks["tool.execute.after"](call(callID, { command: "npm test" }), { metadata: { exit } });
}
