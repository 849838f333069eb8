import { existsSync, mkdirSync, promises, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { UsageStore } from "../../src/integrations/proxy/index.js";
import { readFolder } from "../../src/segment/folder.js";
import { modelStates } from "../../src/usage/health.js";
import { event, lineOf, makePlace, nothing, now, write } from "./build.js";

const dayMs = 24 * 60 * 60 * 1000;

afterEach(() => vi.restoreAllMocks());

describe("the record stands before the line (USE-062)", () => {
  test("so that an import at that moment, or a proxy that dies then, counts nothing twice", async () => {
    const place = makePlace();
    const seen: number[] = [];
    const mkdir = promises.mkdir;
    // The first thing that a store does for its line.
    vi.spyOn(promises, "mkdir").mockImplementation((path, options) => {
      seen.push(place.usages().length);
      return mkdir(path, options);
    });
    const store = place.store();
    for (let i = 0; i < 3; i++) store.record(event());
    await store.flush();
    expect(seen).toEqual([1, 2, 3]);
    expect(place.imported()).toMatchObject(nothing);
  });

  test("and stays where the line fails", async () => {
    const place = makePlace();
    const append = vi.spyOn(promises, "appendFile").mockRejectedValue(new Error("no space"));
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(store.lastError).toBe("no space");
    append.mockRestore();
    store.record(event());
    await store.flush();
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    expect(place.imported()).toMatchObject(nothing);
  });
});

describe("what is recorded", () => {
  test("of a model: its health, once for as long as it says the same (USE-065)", async () => {
    const place = makePlace();
    const store = place.store();
    const reset = now + 600_000;
    const limit = { status: 429, ok: false, limit_reset_at_ts: reset, rate_limit_remaining: 0, rate_limit_limit: 50 };
    let ts = now - 1000;
    for (const changes of [{}, {}, {}, limit, limit, {}, { status: 503, ok: false }, {}, { model: "other" }])
      store.record(event({ ts: ts++, ...changes }));
    await store.flush();
    const told = place.healths().map(({ observedAt, health }) => ({ at: observedAt - (now - 1000), ...health }));
    const common = { provider: "opencode-zen", model: "big-pickle" };
    const quota = { remaining: 0, limit: 50, limitResetsAt: reset };
    const none = { remaining: undefined, limit: undefined, limitResetsAt: undefined };
    expect(told).toEqual([
      { at: 0, ...common, ...none, state: modelStates.AVAILABLE, lastStatus: 200 },
      { at: 3, ...common, ...quota, state: modelStates.LIMITED, lastStatus: 429 },
      { at: 5, ...common, ...quota, state: modelStates.LIMITED, lastStatus: 200 },
      { at: 6, ...common, ...quota, state: modelStates.LIMITED, lastStatus: 503 },
      { at: 7, ...common, ...quota, state: modelStates.LIMITED, lastStatus: 200 },
      { at: 8, provider: "opencode-zen", model: "other", ...none, state: modelStates.AVAILABLE, lastStatus: 200 },
    ]);
    expect(place.imported()).toMatchObject(nothing);
  });

  test("of a model after a restart: with the limit that the file still tells", async () => {
    const place = makePlace();
    write(place, lineOf({ ts: now - 5000, status: 429, ok: false, limit_reset_at_ts: now + 1000 }));
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(place.healths()).toMatchObject([{ health: { state: modelStates.LIMITED, limitResetsAt: now + 1000 } }]);
  });

  test("of a model: retry without a reset ahead, error for other failures", async () => {
    const place = makePlace();
    const store = place.store();
    store.record(event({ ts: now - 5, status: 429, ok: false, limit_reset_at_ts: now - 1 }));
    store.record(event({ ts: now - 4, status: 0, ok: false, error_type: "network" }));
    await store.flush();
    expect(place.healths().map(({ health }) => health.state)).toEqual([modelStates.RETRY, modelStates.ERROR]);
  });

  test("under the provider that is configured, and for as long as is configured (USE-023)", async () => {
    const place = makePlace();
    mkdirSync(place.home);
    const retention = [{ kind: "usage_event", days: 2 }];
    writeFileSync(join(place.home, "config.json"), JSON.stringify({ usageProvider: "zen-eu", retention }));
    const store = place.store();
    store.record(event({ ts: now - 2 * dayMs - 1 }));
    store.record(event());
    await store.flush();
    expect(place.usages().length).toBe(1);
    expect(place.healths()).toMatchObject([{ health: { provider: "zen-eu" } }]);
  });

  test("under opencode-zen where the configuration cannot be read", async () => {
    const place = makePlace();
    mkdirSync(place.home);
    writeFileSync(join(place.home, "config.json"), "{");
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(place.healths()).toMatchObject([{ health: { provider: "opencode-zen" } }]);
  });

  test("never what the guard refuses, which stays in the line alone, and never more than the line has", async () => {
    const place = makePlace();
    const store = place.store();
    expect(store.record(event({ model: "tell me a secret", messages: ["prompt-in-the-clear"] }))).toBe(true);
    expect(store.record(event({ response: "answer-in-the-clear", error_type: "raw-provider-text" }))).toBe(true);
    await store.flush();
    expect(place.text().split("\n").length).toBe(3);
    expect(place.usages().map(({ event }) => event.model)).toEqual(["big-pickle"]);
    const [segment] = readdirSync(join(place.home, "segments"));
    const stored = readFileSync(join(place.home, "segments", segment!), "latin1");
    expect(stored).not.toMatch(/clear|secret|raw-provider-text/);
  });

  test("only of the proxy's own file: another path leaves no state directory (USE-061)", async () => {
    const place = makePlace();
    const store = new UsageStore({ path: join(place.dir, "other.jsonl") });
    store.record(event());
    await store.flush();
    expect(existsSync(join(place.dir, "other.jsonl"))).toBe(true);
    expect(existsSync(place.home)).toBe(false);
  });

  test("of the default file, with USAGE_DB_PATH unset (USE-061)", async () => {
    const place = makePlace();
    vi.stubEnv("USAGE_DB_PATH", undefined);
    vi.stubEnv("HOME", place.dir);
    vi.stubEnv("USERPROFILE", place.dir);
    const store = new UsageStore();
    expect(store.path.startsWith(place.dir)).toBe(true);
    store.record(event());
    await store.flush();
    expect(place.usages().length).toBe(1);
  });

  test("nothing before the first event: a store opens no state directory", () => {
    const place = makePlace();
    place.store().summary({ now });
    expect(existsSync(place.home)).toBe(false);
  });
});

describe("a recorder that fails reaches nobody (USE-064)", () => {
  test("where the state directory cannot be made, every line is written all the same, and imported later", async () => {
    const place = makePlace();
    writeFileSync(place.home, "in the way");
    const store = place.store();
    for (let i = 0; i < 20; i++) expect(store.record(event({ latency_ms: i % 3 }))).toBe(true);
    expect(await store.flush()).toBe(true);
    expect(store.lastError).toBe("");
    expect(place.text().split("\n").length).toBe(21);
    rmSync(place.home);
    expect(place.imported()).toMatchObject({ lines: 20, added: 20 });
  });

  test("where it comes back, what follows is recorded, and the health that was lost is told again", async () => {
    const place = makePlace();
    writeFileSync(place.home, "in the way");
    const store = place.store();
    store.record(event());
    await store.flush();
    rmSync(place.home);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    store.record(event());
    await store.flush();
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([1]);
    expect(place.healths().length).toBe(1);
    expect(place.imported()).toMatchObject({ added: 1, known: 1, healths: 0 });
    const { segments } = readFolder(join(place.home, "segments"));
    expect(segments[0]!.scanned.header!.dropped).toEqual([{ reason: 4, count: 2 }]);
  });

  test("where the clock of the environment is none", async () => {
    const place = makePlace();
    vi.stubEnv("BATON_NOW", "never");
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(store.lastError).toBe("");
    expect(place.text()).toBe(lineOf());
  });

  test("where the file cannot be numbered, because a line of it has no end", async () => {
    const place = makePlace();
    write(place, " ".repeat(3 * 1024 * 1024));
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(store.lastError).toBe("");
    expect(statSync(place.path).size).toBe(3 * 1024 * 1024 + lineOf().length);
    expect(place.text().endsWith(lineOf())).toBe(true);
  });
});
