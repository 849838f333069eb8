import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as proxy from "../../src/integrations/proxy/index.js";
import { fixture } from "../usage/build.js";
import { event, makePlace, now } from "./build.js";

const { UsageStore, localDay, localDayStartTs, sanitizeUsageEvent, summarizeUsageEvents } = proxy;
const dayMs = 24 * 60 * 60 * 1000;

function values(name: string): Record<string, unknown>[] {
  return fixture(name)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the names (USE-060)", () => {
  test("are upstream's seven", () => {
    expect(Object.keys(proxy).sort()).toEqual([
      "DEFAULT_USAGE_RETENTION_DAYS",
      "UsageStore",
      "defaultUsageDbPath",
      "localDay",
      "localDayStartTs",
      "sanitizeUsageEvent",
      "summarizeUsageEvents",
    ]);
    expect(proxy.DEFAULT_USAGE_RETENTION_DAYS).toBe(30);
    expect(proxy.defaultUsageDbPath()).toBe(join(homedir(), ".config", "opencode-proxy", "usage.jsonl"));
  });

  test("of a store's members are upstream's, in its order, and options that are no number are its defaults", () => {
    const store = new UsageStore({ path: "x", retentionDays: "7", maxReadBytes: -1, pruneIntervalMs: "often" });
    expect(Object.entries(store)).toEqual([
      ["enabled", true],
      ["path", "x"],
      ["retentionDays", 7],
      ["maxReadBytes", 5 * 1024 * 1024],
      ["pruneIntervalMs", 3_600_000],
      ["lastPruneTs", 0],
      ["lastError", ""],
      ["writeQueue", Promise.resolve()],
      ["pendingEvents", []],
    ]);
  });

  test("of days count by the local calendar, over a change of summer time too", () => {
    const noon = new Date(2026, 5, 23, 12).getTime();
    expect(localDay(noon)).toBe("2026-06-23");
    expect(localDay()).toBe(localDay(Date.now()));
    expect(localDayStartTs(noon)).toBe(new Date(2026, 5, 23).getTime());
    expect(localDayStartTs(noon, 100)).toBe(new Date(2026, 5, 23 - 100).getTime());
    expect(localDayStartTs()).toBe(localDayStartTs(Date.now(), 0));
  });
});

describe("an event becomes a line", () => {
  test.each(["sample", "mixed", "spring"])("as upstream wrote it in %s.jsonl", (name) => {
    for (const value of values(`${name}.jsonl`)) {
      const { day, error_class, ...line } = sanitizeUsageEvent(value);
      const { day: itsDay, error_class: itsClass, ...its } = value;
      expect(JSON.stringify(line)).toBe(JSON.stringify(its));
      expect(day).toBe(localDay(Number(value.ts)));
      expect(error_class === "").toBe(itsClass === "");
    }
  });

  test("with the time of the clock where it has none, and nothing of what it holds besides", () => {
    const before = Date.now();
    const line = sanitizeUsageEvent({ messages: ["secret"], error_type: "Timeout of x", status: "503.4" });
    expect(line.ts).toBeGreaterThanOrEqual(before);
    expect(line).toMatchObject({ model: "unknown", status: 503, ok: false, error_class: "timeout" });
    expect(JSON.stringify(line)).not.toMatch(/secret|Timeout of/);
    expect(sanitizeUsageEvent().model).toBe("unknown");
  });

  test("with what ECMAScript makes of lists and objects, which no line holds", () => {
    const given = {
      model: ["a", "b"],
      usage_source: {},
      cost: [3],
      retry_after_seconds: {},
      ts: new Date(5),
      status: [],
    };
    const line = sanitizeUsageEvent({ ...given, error_type: ["network"] });
    expect(line).toMatchObject({ model: "a,b", usage_source: "[object Object]", cost: 3, retry_after_seconds: null });
    expect(line).toMatchObject({ ts: 5, status: 0, error_class: "network" });
  });
});

describe("a summary", () => {
  const zone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = "America/New_York";
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  test.each(["sample", "mixed", "spring"])("of the lines of %s.jsonl has upstream's keys and numbers", (name) => {
    const { files, path } = JSON.parse(fixture("summaries.json"));
    const { now, models } = files.find((file: { name: string }) => file.name === name);
    const summary = summarizeUsageEvents(values(`${name}.jsonl`), { days: 7, now, models, enabled: true, path });
    const golden = JSON.parse(fixture(`${name}.America-New_York.7.summary.json`));
    expect(inLocaleOrder(summary)).toEqual(inLocaleOrder(golden));
    expect(summary).toEqual(inLocaleOrder(golden));
  });

  test("of nothing stands at the clock, with the defaults for options that are none", () => {
    const summary = summarizeUsageEvents(undefined, { days: "0", models: null, retentionDays: 0, path: "x" });
    expect(summary).toMatchObject({
      enabled: false,
      path: "",
      read_window_days: 7,
      retention_days: 30,
      last_error: "",
    });
    expect(summary.today).toBe(localDay());
    expect(summarizeUsageEvents().by_model_24h).toEqual([]);
  });

  test("counts what is no object as an object without keys, and null not at all, where upstream fails", () => {
    expect(summarizeUsageEvents([5, undefined, null, "x"]).totals.requests).toBe(3);
  });
});

/** Upstream's order of equal counts, which the golden files have by bytes. */
function inLocaleOrder<T extends proxy.UsageSummary>(summary: T): T {
  const sort = (list: readonly proxy.ModelTotals[]) =>
    [...list].sort((a, b) => b.requests - a.requests || a.model.localeCompare(b.model));
  return {
    ...summary,
    by_day: summary.by_day.map((day) => ({ ...day, by_model: sort(day.by_model) })),
    by_model_today: sort(summary.by_model_today),
    by_model_24h: sort(summary.by_model_24h),
  };
}

describe("a store", () => {
  test.each(["off", " False ", "0"])("of the path %j is off: it takes nothing and finds nothing", async (path) => {
    const store = new UsageStore({ path });
    expect(store.record(event())).toBe(false);
    expect(store).toMatchObject({ enabled: false, path: "" });
    expect([store.readEvents(), store.pruneIfNeeded(), store.pruneOldEvents(), await store.flush()]).toEqual([
      [],
      false,
      false,
      true,
    ]);
    expect(store.summary({ now })).toMatchObject({ enabled: false, path: "", totals: { requests: 0 } });
    expect(new UsageStore({ path: "x", enabled: false }).enabled).toBe(false);
  });

  test("takes an event at once, counts it while it waits, and writes it as a line", async () => {
    const { store: open, text } = makePlace();
    const store = open();
    expect(store.record(event())).toBe(true);
    expect(text()).toBe("");
    expect(store.pendingEvents).toEqual([sanitizeUsageEvent(event())]);
    expect(store.summary({ now }).totals.requests).toBe(1);
    expect(await store.flush()).toBe(true);
    expect(store.pendingEvents).toEqual([]);
    expect(text()).toBe(`${JSON.stringify(sanitizeUsageEvent(event()))}\n`);
    expect(store.readEvents()).toEqual([sanitizeUsageEvent(event())]);
    expect(store.summary({ now, days: 1, models: ["other"] })).toMatchObject({
      totals: { requests: 1 },
      by_model_today: [{ model: "big-pickle" }, { model: "other", requests: 0 }],
    });
  });

  test("keeps the order of its events", async () => {
    const { store: open, text } = makePlace();
    const store = open();
    for (let i = 0; i < 50; i++) store.record(event({ ts: now + (i % 3), latency_ms: i }));
    await store.flush();
    expect(
      text()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).latency_ms),
    ).toEqual([...Array(50).keys()]);
  });

  test("does not throw on an event that cannot be read, and says why", () => {
    const { store: open } = makePlace();
    const store = open();
    expect(store.record(null as never)).toBe(false);
    expect(store.record({ status: Symbol("s") })).toBe(false);
    expect(store.lastError).toContain("Symbol");
  });

  test("holds the message of a failed write until one succeeds", async () => {
    const place = makePlace();
    writeFileSync(dirname(place.path), "in the way");
    const store = place.store();
    expect(store.record(event())).toBe(true);
    expect(await store.flush()).toBe(true);
    expect(store.lastError).toMatch(/EEXIST|ENOTDIR/);
    expect(store.pendingEvents).toEqual([]);
    expect(store.summary({ now }).last_error).toBe(store.lastError);
  });

  test("reads the end of a long file from the first whole line on, and passes what is no JSON", () => {
    const place = makePlace();
    mkdirSync(dirname(place.path));
    writeFileSync(place.path, '{"n":1}\r\n\n{"n":2}\nbroken\n{"n":3}\n[4]\nnull\n{"n":5}');
    expect(place.store().readEvents()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, [4], null, { n: 5 }]);
    expect(place.store({ maxReadBytes: 15 }).readEvents()).toEqual([null, { n: 5 }]);
    expect(place.store({ maxReadBytes: 4 }).readEvents()).toEqual([]);
  });

  test("prunes local days past the retention through a rename that leaves nothing behind", async () => {
    const place = makePlace();
    const store = place.store({ retentionDays: 2 });
    const yesterday = localDayStartTs(now, 1);
    for (const ts of [now - 9 * dayMs, yesterday - 1, yesterday, now]) store.record(event({ ts }));
    await store.flush();
    expect(store.pruneOldEvents(now)).toBe(true);
    expect(
      place
        .text()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).ts),
    ).toEqual([yesterday, now]);
    expect(readdirSync(dirname(place.path))).toEqual(["usage.jsonl"]);
    expect(store.pruneOldEvents(now + 9 * dayMs)).toBe(true);
    expect(place.text()).toBe("");
  });

  test("prunes after a write once an interval is over, judged by the event's time", async () => {
    const place = makePlace();
    const store = place.store({ retentionDays: 1, pruneIntervalMs: 1000 });
    expect(store.pruneIfNeeded(now)).toBe(false);
    expect(store.lastPruneTs).toBe(now);
    store.record(event({ ts: now - 9 * dayMs }));
    store.record(event({ ts: now + 999, model: "kept-for-now" }));
    await store.flush();
    expect(store.readEvents().length).toBe(2);
    store.record(event({ ts: now + 1000 }));
    await store.flush();
    expect(store.readEvents().length).toBe(2);
    expect(store.lastPruneTs).toBe(now + 1000);
  });

  test("says that a prune failed, and keeps the file", async () => {
    const place = makePlace();
    mkdirSync(place.path, { recursive: true });
    const store = place.store();
    expect(store.pruneOldEvents(now)).toBe(false);
    expect(store.lastError).toMatch(/EISDIR|EEXIST|ENOTEMPTY|EPERM/);
    expect(readdirSync(dirname(place.path))).toEqual(["usage.jsonl"]);
  });

  test("rewrites lines as its own when it prunes, as upstream does", () => {
    const place = makePlace();
    mkdirSync(dirname(place.path));
    writeFileSync(place.path, `{"ts":${now},"model":"m","extra":1,"status":500}\nnull\n`);
    expect(place.store().pruneOldEvents(now)).toBe(true);
    expect(readFileSync(place.path, "utf8")).toBe(
      `${JSON.stringify(sanitizeUsageEvent({ ts: now, model: "m", status: 500 }))}\n`,
    );
  });
});
