/** What Baton learns of models from the rollout of Codex (docs/proof.md, RUN-030 to RUN-033). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openBaton } from "../../src/index.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { healthOf } from "../../src/usage/stored.js";
import { captured, type HookInput, makePlace, type Place, type RolloutLine } from "./codex.js";

let place: Place;
/** Captured sessions begin here, in milliseconds since 1970. */
const began = Date.UTC(2026, 10, 25, 12);
const states = { available: 1, limited: 2, error: 4 };
const mock = { provider: "mock", model: "mock-model" };
/** What the captured session "usage-limit" tells. */
const usedUp = { ...mock, observedAt: began + 900, state: states.limited, limitResetsAt: began + 5_400_000 };

beforeEach(() => {
  place = makePlace();
  place.env.BATON_NOW = "2026-11-25T12:10:00Z";
});

/** The healths that were recorded, oldest first: fields that were told, and when they were so. */
function healths(): object[] {
  const found = [...recordsOf(readFolder(join(place.home, "segments")))].flatMap((record) => healthOf(record) ?? []);
  found.sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
  return found.map(({ observedAt, health }) => {
    const told = Object.entries(health).filter(([, value]) => value !== undefined && value !== 0);
    return { observedAt, ...Object.fromEntries(told) };
  });
}

/** A captured session, whose turns can be told one by one. */
function session(name: string) {
  const { hooks, rollout = [] } = captured(place, name);
  const end = rollout.findIndex(({ payload }) => payload.type === "task_complete") + 1;
  const hook = (name: string, source?: string): HookInput =>
    hooks.find((input) => input.hook_event_name === name && (source === undefined || input.source === source)) ?? {};
  return {
    hook,
    first: rollout.slice(0, end),
    all: rollout,
    tell(lines: readonly RolloutLine[]) {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      writeFileSync(String(hook("SessionEnd").transcript_path), text);
    },
  };
}

/** The end of a turn, a while after the session began. */
function turnEnd(after: number, error: unknown): RolloutLine {
  const timestamp = new Date(began + after).toISOString();
  return { timestamp, type: "event_msg", payload: { type: "task_complete", error } } as RolloutLine;
}

const planLimit = { message: "x", codex_error_info: "usage_limit_exceeded" };
const statusOf = (status: unknown) => ({ codex_error_info: { some_kind: { http_status_code: status } } });

/** The brief of a session that starts now. */
async function briefAt(time: string, input: HookInput = {}): Promise<string> {
  place.env.BATON_NOW = time;
  const start = { session_id: "another", transcript_path: null, cwd: place.repository, source: "startup" };
  const output = JSON.parse(await place.hook({ ...start, hook_event_name: "SessionStart", ...input }));
  return output.hookSpecificOutput.additionalContext;
}

describe("a limit that Codex meets", () => {
  it.each(["SessionEnd", "Interrupt"])("is recorded at %s, until its window ends (RUN-030, RUN-031)", async (name) => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    await place.hook({ ...hook("SessionEnd"), hook_event_name: name });
    expect(healths()).toEqual([usedUp]);
    expect(place.dropped()).toEqual([]);
  });

  it("is recorded when the session goes on with another model (RUN-030)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell([...first, { type: "turn_context", payload: { model: "another-model" } }]);
    await place.hook(hook("Stop"));
    expect(healths()).toEqual([usedUp]);
  });

  it("is recorded before the brief of a session that is resumed after Codex was killed (RUN-030)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    const brief = await briefAt("2026-11-25T12:10:00Z", hook("SessionStart", "resume"));
    expect(brief).toContain("\nmodel: mock/mock-model limited until 13:30Z\n");
  });

  it("is in the brief of the next session until it is over", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    await place.hook(hook("SessionEnd"));
    expect(await briefAt("2026-11-25T12:30:00Z")).toContain("\nmodel: mock/mock-model limited until 13:30Z\n");
    expect(await briefAt("2026-11-25T13:30:01Z")).toContain("\nmodel: mock/mock-model retry, 1h ago\n");
  });

  it.each([
    ["limited", { observedAt: began + 200, state: states.limited, lastStatus: 429 }, "limited, end not known"],
    ["no-quota", { observedAt: began + 300, state: states.limited }, "limited, end not known"],
    ["overloaded", { observedAt: began + 600, state: states.error, lastStatus: 503 }, "error, HTTP 503"],
  ])(
    "has the HTTP status where Codex keeps it, and no end where nobody tells one (RUN-031, %s)",
    async (name, told, line) => {
      const { hook, all, tell } = session(name);
      tell(all);
      await place.hook(hook("SessionEnd"));
      expect(healths()).toEqual([{ ...mock, ...told }]);
      expect(await briefAt("2026-11-25T12:30:00Z")).toContain(`\nmodel: mock/mock-model ${line}, 29m ago\n`);
    },
  );

  it("is recorded once, however many events find it (RUN-032)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    for (const name of ["Interrupt", "SessionEnd", "SessionEnd"])
      await place.hook({ ...hook("SessionEnd"), hook_event_name: name });
    await place.hook(hook("SessionStart", "resume"));
    expect(healths()).toEqual([usedUp]);
  });

  it("is over when the model answers, by Stop and by the rollout (RUN-032)", async () => {
    for (const name of ["Stop", "SessionEnd"]) {
      place = makePlace();
      place.env.BATON_NOW = "2026-11-25T12:10:00Z";
      const { hook, first, all, tell } = session("usage-limit");
      tell(first);
      await place.hook(hook("SessionEnd"));
      tell(name === "Stop" ? all.slice(0, -1) : all);
      await place.hook(hook(name));
      const observedAt = name === "Stop" ? began + 600_000 : began + 2400;
      expect(healths()).toEqual([usedUp, { ...mock, observedAt, state: states.available }]);
      tell([...all, turnEnd(1_200_000, null)]);
      place.env.BATON_NOW = "2026-11-25T12:30:00Z";
      await place.hook(hook("SessionEnd"));
      expect(healths()).toHaveLength(2);
    }
  });

  it("that no event found before the model answered is none any more (RUN-032)", async () => {
    const { hook, all, tell } = session("usage-limit");
    tell(all.slice(0, -1));
    await place.hook(hook("Stop"));
    tell(all);
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([]);
  });

  it("keeps the end that is known already where a later refusal tells none (RUN-032)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    await place.hook(hook("SessionEnd"));
    tell([...first, turnEnd(60_000, statusOf(429))]);
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([usedUp, { ...usedUp, observedAt: began + 60_000, lastStatus: 429 }]);
  });

  it("does not take the place of what somebody else saw later (RUN-032)", async () => {
    vi.stubEnv("BATON_NOW", place.env.BATON_NOW);
    const baton = openBaton({ client: "opencode", home: place.home });
    baton.record("modelHealth", { ...mock, state: "available" }, { observedAt: began + 1000 });
    await baton.close();
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    await place.hook(hook("SessionEnd"));
    expect(healths()).toHaveLength(1);
  });

  it("is not recorded any more once it would not be shown (RUN-032)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    place.env.BATON_NOW = "2026-12-02T12:00:01Z";
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([]);
  });

  it("of another session is nothing that a model may tell (RUN-024)", async () => {
    const { hook, first, tell } = session("usage-limit");
    tell(first);
    const told = { name: "mcp", isHearsay: true } as const;
    await place.hook({ ...hook("SessionEnd"), session_id: "another" }, told);
    expect(healths()).toEqual([]);
    await place.hook(hook("SessionEnd"), told);
    expect(healths()).toEqual([usedUp]);
  });

  it("leaves no text of the error, and no other field of the rollout (RUN-033)", async () => {
    const { hook, first, tell } = session("usage-limit");
    const canary = "canary-5e0d";
    for (const { payload } of first) {
      if (payload.type === "task_complete") Object.assign(payload.error as object, { message: canary, more: canary });
      if (payload.type === "token_count") Object.assign(payload.rate_limits as object, { limit_id: canary });
      if (payload.type === "task_complete") payload.last_agent_message = canary;
    }
    tell(first);
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([usedUp]);
    for (const file of readdirSync(place.home, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect(readFileSync(join(file.parentPath, file.name)).toString("latin1")).not.toContain(canary);
  });

  it("of a model whose name cannot be kept costs the end of the session nothing, and is counted", async () => {
    const { hook, first, tell } = session("usage-limit");
    for (const { payload, type } of first) if (type === "turn_context") payload.model = "no name of a model";
    tell(first);
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([]);
    expect(place.sessions()).toMatchObject([{ phase: 3 }]);
    await place.hook(hook("SessionEnd"));
    expect(place.dropped()).not.toEqual([]);
  });
});

describe("the end of a limit", () => {
  const hour = 3600;
  const at = began / 1000;
  const window = (used_percent: unknown, resets_at: unknown) => ({ used_percent, window_minutes: 300, resets_at });

  it.each([
    ["the window that is used up", window(100, at + hour), window(99, at + 9 * hour), hour],
    ["the later one of two", window(100, at + hour), window(100.5, at + 9 * hour), 9 * hour],
    ["none that is over already", window(100, at - hour), null, undefined],
    ["none where no window is used up", window(99.9, at + hour), null, undefined],
    ["none that is no time", window(100, "soon"), window(100, 1e300), undefined],
    ["none where the fields have other names", { percent: 100, reset: at + hour }, "used up", undefined],
  ])("is that of %s (RUN-031)", async (_, primary, secondary, ends) => {
    const { hook, first, tell } = session("usage-limit");
    const count = { type: "event_msg", payload: { type: "token_count", rate_limits: { primary, secondary } } };
    tell([...first.slice(0, -2), count, turnEnd(1000, planLimit)]);
    await place.hook(hook("SessionEnd"));
    const told = ends === undefined ? {} : { limitResetsAt: began + ends * 1000 };
    expect(healths()).toEqual([{ ...mock, observedAt: began + 1000, state: states.limited, ...told }]);
  });
});

describe("what is no limit", () => {
  it.each([
    ["an error of another kind", turnEnd(1000, { codex_error_info: "other" })],
    ["an error without a kind", turnEnd(1000, { message: "429 Too Many Requests" })],
    ["a status of no failure", turnEnd(1000, statusOf(200))],
    ["a status that is no number", turnEnd(1000, statusOf("429"))],
    ["a turn whose time is not told", { ...turnEnd(1000, planLimit), timestamp: "then" }],
    [
      "an end inside of a text",
      { type: "response_item", payload: { type: "message", content: JSON.stringify(turnEnd(1, planLimit)) } },
    ],
    [
      "an end inside of an item",
      { type: "event_msg", payload: { type: "item_completed", item: turnEnd(1, planLimit).payload } },
    ],
  ])("is not recorded: %s (RUN-033)", async (_, line) => {
    const { hook, first, tell } = session("limited");
    tell([...first.slice(0, -1), line as RolloutLine]);
    for (const name of ["Interrupt", "SessionEnd"]) await place.hook({ ...hook("SessionEnd"), hook_event_name: name });
    expect([healths(), place.dropped()]).toEqual([[], []]);
  });

  it("is not recorded where nothing tells which model it was (RUN-030)", async () => {
    const { hook, first, tell } = session("limited");
    tell(first.filter(({ type }) => type !== "turn_context"));
    await place.hook(hook("SessionEnd"));
    expect(healths()).toEqual([]);
  });
});
