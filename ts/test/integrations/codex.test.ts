/** What the hooks record of sessions of the real Codex (fixtures/clients/codex). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readState, shownRecords } from "../../src/client/state.js";
import { openHome } from "../../src/home/home.js";
import { captured, makePlace, type Place, play, sources, workspace } from "./codex.js";

let place: Place;

beforeEach(() => {
  place = makePlace();
});

const phases = { start: 1, compact: 2, end: 3 };

describe("a session of Codex", () => {
  it("records checks with the exit codes and durations of the rollout, and the end of the session", async () => {
    await play(
      place,
      captured(place, "session", { "echo out; exit 3": "npm test", true: "cargo build", "no-such-program": "make" }),
    );
    expect(place.checks().map(({ command, exitCode, source }) => [command, exitCode, source])).toEqual([
      ["cargo build", 0, sources.hook],
      ["make", 127, sources.hook],
      ["npm test", 3, sources.hook],
    ]);
    for (const check of place.checks()) {
      expect(check.treeDigest).toMatch(/^[0-9a-f]{32}$/);
      expect(check.commit).toBe(place.git("rev-parse", "HEAD").trim());
    }
    expect(place.sessions()).toEqual([{ session: expect.stringMatching(/^s-[0-9a-f]{16}$/), phase: phases.end }]);
    expect([place.pending(), place.dropped()]).toEqual([[], []]);
  });

  it("gets the brief at its start and after compaction, in an envelope of exactly the keys that Codex knows", async () => {
    const outputs = await play(place, captured(place, "session", { "echo out; exit 3": "npm test" }));
    const spoken = outputs.filter((output) => output !== "").map((output) => JSON.parse(output));
    expect(spoken).toHaveLength(2);
    for (const envelope of spoken) {
      expect(Object.keys(envelope)).toEqual(["hookSpecificOutput"]);
      expect(Object.keys(envelope.hookSpecificOutput)).toEqual(["hookEventName", "additionalContext"]);
      expect(envelope.hookSpecificOutput.hookEventName).toBe("SessionStart");
    }
    const [first, second] = spoken.map((envelope) => envelope.hookSpecificOutput.additionalContext as string);
    expect(first).toMatch(/^Baton brief at .*: nothing is recorded for github\.com\/acme\/proxy\.\n$/);
    expect(second).toMatch(/^Baton brief after compaction at /);
    expect(second).toContain("check fresh: `npm test` exit 3, 0m ago");
  });

  it("records branch and commit, once", async () => {
    await play(place, captured(place, "session"));
    const state = readState(openHome({ home: place.home, env: place.env }), Date.now());
    const types = shownRecords(state, "pointer", workspace).map(({ pointer }) => (pointer as { type: number }).type);
    expect(types).toEqual([1, 3, 4]);
    const before = readdirSync(join(place.home, "segments")).length;
    const { hooks } = captured(place, "session");
    await place.hook(hooks.find(({ hook_event_name }) => hook_event_name === "Stop") ?? {});
    expect(readdirSync(join(place.home, "segments"))).toHaveLength(before);
  });

  it("records a command in the JavaScript of a model in code mode", async () => {
    await play(place, captured(place, "code-mode", { "exit 3": "npm test" }));
    expect(place.checks()).toMatchObject([{ command: "npm test", exitCode: 3, source: sources.hook }]);
  });

  it("records a command that outlives its yield and is asked for", async () => {
    await play(place, captured(place, "long-command", { "sleep 2; exit 4": "npm test" }));
    expect(place.checks()).toMatchObject([{ exitCode: 4, durationMs: 1862, source: sources.hook }]);
  });

  it("finds the end of a command that nobody asked for at the next event (RUN-023)", async () => {
    const session = captured(place, "command-left-alone", { "sleep 1; exit 4": "npm test" });
    const stop = session.hooks.findIndex(({ hook_event_name }) => hook_event_name === "Stop");
    await play(place, { ...session, hooks: session.hooks.slice(0, stop) });
    expect(place.checks()).toMatchObject([{ command: "npm test", exitCode: 4, source: sources.hook }]);
    expect(place.checks()[0]?.treeDigest).toMatch(/^[0-9a-f]{32}$/);
    expect(place.pending()).toEqual([]);
  });

  it.each([
    ["command-left-running", "SessionEnd"],
    ["interrupted", "Interrupt"],
  ])("takes a killed command for neither passed nor failed (RUN-022, %s)", async (name) => {
    await play(place, captured(place, name, { "sleep 30": "npm test" }));
    const [check, ...others] = place.checks();
    expect(others).toEqual([]);
    expect(check).toMatchObject({ command: "npm test", source: sources.hook });
    expect(check).not.toHaveProperty("exitCode");
    expect(check).not.toHaveProperty("treeDigest");
    expect(place.pending()).toEqual([]);
  });

  it("does not let a killed command take the place of what is known of the check", async () => {
    await play(place, captured(place, "code-mode", { "exit 3": "npm test" }));
    await play(place, captured(place, "interrupted", { "sleep 30": "npm test" }));
    expect(place.checks()).toMatchObject([{ exitCode: 3 }]);
    expect(place.pending()).toEqual([]);
  });

  it("vouches for nothing where there is no rollout (RUN-025)", async () => {
    await play(place, captured(place, "ephemeral", { "exit 3": "npm test" }));
    const [check] = place.checks();
    expect(check).toMatchObject({ command: "npm test", source: sources.reported });
    expect(check).not.toHaveProperty("exitCode");
    expect(check).not.toHaveProperty("treeDigest");
  });

  it("takes the exit code of a subagent's command from the subagent's rollout, under the session of its parent", async () => {
    await play(place, captured(place, "subagent", { "exit 5": "npm test", "sleep 5": "make" }));
    expect(place.checks()).toMatchObject([
      { command: "make", exitCode: 0 },
      { command: "npm test", exitCode: 5, source: sources.hook },
    ]);
    expect(place.sessions()).toHaveLength(1);
  });

  it("records a session that is resumed under the same alias", async () => {
    await play(place, captured(place, "resumed", { "exit 3": "npm test" }));
    expect(place.checks()).toMatchObject([{ exitCode: 3 }]);
    expect(place.sessions()).toMatchObject([{ phase: phases.end }]);
  });

  it.each(["limited", "overloaded", "no-quota", "patch"])("records no check of %s", async (name) => {
    await play(place, captured(place, name));
    expect(place.checks()).toEqual([]);
    expect(place.pending()).toEqual([]);
    expect(place.dropped()).toEqual([]);
  });
});

describe("what Baton stores of Codex", () => {
  const canary = "canary-7c1f0a";
  const others = ["trust.json", "mcp-tool.json"];
  const names = readdirSync("fixtures/clients/codex").filter((name) => !others.includes(name));

  it("is never a prompt, an answer, the output of a tool, a patch, a path or an id", async () => {
    for (const name of names) {
      const session = captured(place, name.replace(".json", ""), { "exit 3": "npm test", "sleep 30": "make" });
      for (const input of session.hooks) {
        for (const field of ["prompt", "tool_response", "last_assistant_message", "new_field", "agent_id"])
          input[field] = `${canary}-${field}`;
        if (input.tool_name === "apply_patch") input.tool_input = { command: `*** Begin Patch ${canary}-patch` };
        else if (input.tool_name !== "Bash") input.tool_input = { command: `npm test ${canary}-tool` };
        else (input.tool_input as Record<string, unknown>).description = `${canary}-description`;
      }
      for (const { payload } of session.rollout ?? [])
        if (payload.item) payload.item.aggregated_output = `${canary}-output`;
      await play(place, session);
    }
    expect(place.checks().map(({ command }) => command)).toEqual(["make", "npm test"]);
    const files = readdirSync(place.home, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name)).toString("latin1");
      for (const never of [canary, place.root, "00000000-0000-7000", "call_1", "rollout"])
        expect(bytes.includes(never), `${never} in ${file.name}`).toBe(false);
    }
  });
});
