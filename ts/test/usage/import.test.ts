import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exportUsage } from "../../src/usage/export.js";
import { modelStates } from "../../src/usage/health.js";
import { importUsage } from "../../src/usage/import.js";
import { lockImport } from "../../src/usage/lock.js";
import { newProgress } from "../../src/usage/plan.js";
import { healthOf, usageOf } from "../../src/usage/stored.js";
import { createStore, fixture, generated, line, now, type Store } from "./build.js";

const dayMs = 24 * 60 * 60 * 1000;

function usages(store: Store) {
  return store.records.flatMap((record) => usageOf(record) ?? []);
}

function exported(store: Store): string {
  return [...exportUsage(store.records)].map((text) => `${text}\n`).join("");
}

describe("an import adds what is missing and nothing else", () => {
  test("20,000 lines imported twice are 20,000 records, and come back byte for byte (USE-022, USE-041)", () => {
    const text = generated(20_000, 12);
    const store = createStore();
    expect(store.add(text)).toMatchObject({ lines: 20_000, exact: 20_000, added: 20_000, known: 0, refused: [] });
    expect(store.add(text)).toMatchObject({ lines: 20_000, added: 0, known: 20_000, healths: 0 });
    expect(usages(store).length).toBe(20_000);
    expect(exported(store)).toBe(text);
  });

  test("after upstream's prune has rewritten day and error_class another import adds nothing (USE-022)", () => {
    const store = createStore();
    store.add(fixture("mixed.jsonl"));
    const report = store.add(fixture("mixed.pruned.jsonl"));
    expect(report).toMatchObject({ lines: 312, added: 0, known: 312, healths: 0 });
  });

  test("what a longer file adds comes behind what is there (USE-041)", () => {
    const lines = fixture("mixed.jsonl").split(/(?<=\n)/);
    const store = createStore();
    store.add(lines.slice(0, 100).join(""));
    store.add(lines.join(""));
    expect(exported(store)).toBe(lines.join(""));
  });

  test("twins are counted, and count once each (USE-021)", () => {
    const twin = `${line()}\n`;
    const store = createStore();
    expect(store.add(twin + twin)).toMatchObject({ added: 2 });
    expect(store.add(twin + twin + twin)).toMatchObject({ added: 1, known: 2 });
    expect(usages(store).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    expect(exported(store)).toBe(twin + twin + twin);
  });

  test("twins are counted across the parts of one file", () => {
    const twin = `${line()}\n`;
    const store = createStore();
    const progress = newProgress();
    store.add(twin, { progress });
    expect(store.add(`${twin}broken\n`, { progress })).toMatchObject({ added: 1, refused: [{ line: 3 }] });
  });

  test("an event that two writers recorded is given back once (USE-040)", () => {
    const store = createStore();
    store.add(`${line()}\n`);
    const copies = store.records.map((record) => ({ ...record, writer: "11".repeat(16) }));
    expect([...exportUsage([...copies, ...store.records])]).toEqual([line()]);
  });

  test("a payload that is no record stands in nobody's way", () => {
    const store = createStore();
    store.records.push({ writer: "00".repeat(16), seq: 1, kind: 23, payload: new Uint8Array([0xff]) });
    expect(store.add(`${line()}\n`)).toMatchObject({ added: 1 });
    expect(exported(store)).toBe(`${line()}\n`);
  });

  test("a last line without a newline is pending (USE-003)", () => {
    const store = createStore();
    expect(store.add(line())).toMatchObject({ lines: 0, added: 0, pending: 1 });
    expect(store.add(`${line()}\n`)).toMatchObject({ lines: 1, added: 1, pending: 0 });
  });

  test("lines past retention are skipped and counted (USE-023)", () => {
    const text = `${line({ ts: now - 30 * dayMs - 1 })}\n${line({ ts: now - 30 * dayMs })}\n`;
    expect(createStore().add(text)).toMatchObject({ lines: 2, exact: 2, added: 1, expired: 1 });
    expect(createStore().add(text, { retentionDays: 31 })).toMatchObject({ added: 2, expired: 0 });
  });

  test("every line is counted once, and the counts add up (USE-026)", () => {
    const text = fixture("mixed.jsonl") + fixture("odd.jsonl") + line({ ts: 0 });
    const report = createStore().add(`${text}\n${line()}`);
    expect(report.lines).toBe(report.exact + report.normalised + report.refused.length);
    expect(report.exact + report.normalised).toBe(report.added + report.known + report.expired);
    expect(report).toMatchObject({ lines: 324 + 29 + 1, pending: 1 });
    expect([report.normalised, report.refused.length, report.expired].every((count) => count > 0)).toBe(true);
  });

  test("broken lines are refused by their number, and the others are imported (USE-003, USE-004)", () => {
    const bytes = new TextEncoder().encode(`${line()}\n\n{\n${line({ model: "a b" })}\n${line({ model: "m?" })}\n`);
    bytes[bytes.indexOf("?".charCodeAt(0))] = 0xff;
    const report = createStore().add(bytes);
    expect(report).toMatchObject({ lines: 4, added: 1, pending: 0 });
    expect(report.refused).toMatchObject([
      { line: 3, code: "BTN-U01", rule: "json" },
      { line: 4, code: "BTN-U01", field: "usage_event.model" },
      { line: 5, code: "BTN-U01", rule: "utf8" },
    ]);
  });
});

describe("an import records the health of models that is news (USE-050, USE-051)", () => {
  function healths(store: Store) {
    return store.records.flatMap((record) => healthOf(record)?.health ?? []);
  }

  const limited = { ok: false, status: 429, rate_limited: true, error_class: "rate_limit" };

  test.each([
    ["available", [{}], modelStates.AVAILABLE],
    ["limited until a reset that lies ahead", [{ ...limited, limit_reset_at_ts: now + 1 }], modelStates.LIMITED],
    ["limited by a reset on a 200", [{ rate_limited: true, limit_reset_at_ts: now + 1 }], modelStates.LIMITED],
    ["limited by a 429 without a reset", [limited], modelStates.LIMITED],
    ["limited though an answer came since", [{ ...limited, limit_reset_at_ts: now + 1 }, {}], modelStates.LIMITED],
    ["to be tried again", [{ ...limited, limit_reset_at_ts: now - 1 }], modelStates.RETRY],
    ["in error", [{ ok: false, status: 500, error_class: "http_5xx" }], modelStates.ERROR],
    ["in error without an answer", [{ ok: false, status: 0, error_class: "network" }], modelStates.ERROR],
    ["available again after a 429 without a reset", [limited, {}], modelStates.AVAILABLE],
  ])("%s", (_, events, state) => {
    const store = createStore();
    store.add(events.map((event, i) => `${line({ ts: now - 10 + i, model: "m1", ...event })}\n`).join(""));
    expect(healths(store)).toMatchObject([{ provider: "opencode-zen", model: "m1", state }]);
  });

  test("it names the reset, the quota and the last status (USE-052)", () => {
    const store = createStore();
    const quota = { rate_limit_remaining: 3, rate_limit_limit: 50 };
    store.add(`${line({ ...quota, ts: now - 2 })}\n${line({ ...limited, limit_reset_at_ts: now + 500 })}\n`);
    expect(healths(store)).toMatchObject([{ limitResetsAt: now + 500, remaining: 3, limit: 50, lastStatus: 429 }]);
  });

  test("nothing new is recorded twice, but a state that changed is (USE-053)", () => {
    const store = createStore();
    const text = `${line({ ...limited, limit_reset_at_ts: now + 500 })}\n`;
    expect(store.add(text)).toMatchObject({ healths: 1 });
    expect(store.add(text)).toMatchObject({ healths: 0 });
    expect(store.add(text, { now: now + 501 })).toMatchObject({ added: 0, healths: 1 });
    expect(store.add(text, { now: now + 501 })).toMatchObject({ healths: 0 });
    expect(healths(store).map(({ state }) => state)).toEqual([modelStates.LIMITED, modelStates.RETRY]);
  });

  test("an event from the future says nothing yet (USE-050)", () => {
    const store = createStore();
    const ahead = { ts: now + dayMs + 1, ok: false, status: 500, error_class: "http_5xx" };
    expect(store.add(`${line(ahead)}\n${line()}\n`)).toMatchObject({ added: 2, healths: 1 });
    expect(healths(store)).toMatchObject([{ state: modelStates.AVAILABLE }]);
    expect(store.add("", { now: now + 2 })).toMatchObject({ healths: 1 });
  });

  test("an old file does not overrule what was seen since (USE-053)", () => {
    const store = createStore();
    store.add(`${line({ ts: now })}\n`);
    expect(store.add(`${line({ ts: now - 1000, ok: false, status: 500 })}\n`)).toMatchObject({ healths: 0 });
  });
});

describe("one import at a time (USE-024)", () => {
  let folder = "";
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), "baton-usage-")), "locks");
  });
  afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

  test("a second import is refused while the first one runs, and the lock is given back", () => {
    const lock = lockImport(folder);
    expect(() => lockImport(folder)).toThrow(expect.objectContaining({ code: "BTN-U03" }));
    lock.touch();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    lockImport(folder).release();
  });

  test("a lock that was not touched for ten minutes is taken over, and its holder learns of it", () => {
    const first = lockImport(folder);
    const past = new Date(Date.now() - 11 * 60 * 1000);
    utimesSync(join(folder, "import.1"), past, past);
    const second = lockImport(folder);
    expect(readdirSync(folder).sort()).toEqual(["import.1", "import.2"]);
    second.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => first.touch()).toThrow(expect.objectContaining({ code: "BTN-U03" }));
    const third = lockImport(folder);
    first.release();
    expect(readdirSync(folder)).toEqual(["import.1"]);
    third.release();
  });

  test("the file is read before the segments, both under the lock (USE-025)", () => {
    const steps: string[] = [];
    const report = importUsage({
      locks: folder,
      readFile: () => {
        steps.push(`file ${readdirSync(folder).length}`);
        return new TextEncoder().encode(`${line()}\n`);
      },
      readRecords: () => {
        steps.push(`records ${readdirSync(folder).length}`);
        return [];
      },
      record: (records) => {
        steps.push(`record ${records.length}`);
      },
      now,
      provider: "opencode-zen",
    });
    expect(steps).toEqual(["file 1", "records 1", "record 2"]);
    expect(report).toMatchObject({ added: 1, healths: 1 });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder that cannot be made is an error with a code", () => {
    writeFileSync(folder, "");
    expect(() => lockImport(folder)).toThrow(expect.objectContaining({ code: "BTN-H01" }));
  });
});
