/** What the drop-in's tests work with: a proxy's file and a state directory in a temporary folder. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, vi } from "vitest";
import { sanitizeUsageEvent, UsageStore, type UsageStoreOptions } from "../../src/integrations/proxy/index.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { type ImportReport, planImport } from "../../src/usage/plan.js";
import { healthOf, type StoredHealth, type StoredUsage, usageOf } from "../../src/usage/stored.js";

/** The instant that the tests stand still at. */
export const now = 1795372200000;

/** A file that the drop-in takes for the proxy's own, and the state directory beside it. */
export interface Place {
  readonly dir: string;
  /** Value of USAGE_DB_PATH. */
  readonly path: string;
  readonly home: string;
  /** A store of the file: another process, as far as the store can tell. */
  store(options?: UsageStoreOptions): UsageStore;
  /** What the file holds, "" where there is none. */
  text(): string;
  /** What is recorded, in the order of recording. */
  usages(): StoredUsage[];
  healths(): StoredHealth[];
  /** What an import of the file would do now. */
  imported(at?: number): ImportReport;
}

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Makes a place and points the environment at it. */
export function makePlace(): Place {
  const dir = mkdtempSync(join(tmpdir(), "baton-proxy-"));
  folders.push(dir);
  const path = join(dir, "config", "usage.jsonl");
  const home = join(dir, "state");
  vi.stubEnv("USAGE_DB_PATH", path);
  vi.stubEnv("BATON_HOME", home);
  vi.stubEnv("BATON_NOW", `${now}`);
  const records = () => [...recordsOf(readFolder(join(home, "segments")))];
  return {
    dir,
    path,
    home,
    store: (options = {}) => new UsageStore({ path, pruneIntervalMs: Number.MAX_SAFE_INTEGER, ...options }),
    text: () => (existsSync(path) ? readFileSync(path, "utf8") : ""),
    usages: () => inOrder(records().flatMap((record) => usageOf(record) ?? [])),
    healths: () => inOrder(records().flatMap((record) => healthOf(record) ?? [])),
    imported(at = now) {
      const bytes = readFileSync(path);
      return planImport({ bytes, records: records(), now: at, provider: "opencode-zen" }).report;
    },
  };
}

function inOrder<T extends { readonly stamp: bigint }>(stored: T[]): T[] {
  return stored.sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
}

/** An event as the proxy's metrics hand it over. */
export function event(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ts: now - 1000,
    model: "big-pickle",
    returned_model: "big-pickle",
    status: 200,
    ok: true,
    latency_ms: 812,
    total_tokens: 15,
    prompt_tokens: 10,
    completion_tokens: 5,
    usage_reported: true,
    usage_source: "upstream",
    cost: 0,
    finish_reason: "stop",
    error_type: "",
    is_probe: false,
    ...changes,
  };
}

/** What an import says that adds nothing. */
export const nothing = { added: 0, healths: 0, refused: [] };

/** Line of an event as any proxy appends it. */
export function lineOf(changes: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify(sanitizeUsageEvent(event(changes)))}\n`;
}

/** Appends a text to the file, as another process does. */
export function write(place: Place, text: string): void {
  mkdirSync(dirname(place.path), { recursive: true });
  appendFileSync(place.path, text);
}

/** Whole numbers below a bound, from a seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
