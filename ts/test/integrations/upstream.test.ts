/**
 * The drop-in beside the proxy's own module, and the proxy's own tests with the drop-in in its place. Runs where there is
 * a checkout of opencode-proxy, or git can fetch one (conformance/upstream.ts); nothing of it is kept here.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { upstreamCheckout } from "../../../conformance/upstream.js";
import * as ours from "../../src/integrations/proxy/index.js";
import { randomOf } from "./build.js";

const { folder: checkout = "", reason } = upstreamCheckout();
if (reason !== undefined) console.log(`[skip] beside the proxy's own module: ${reason}`);
const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.skipIf(reason !== undefined)("beside a checkout of the proxy", () => {
  let folder: string;
  let theirs: typeof ours;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "baton-upstream-"));
    theirs = await import(pathToFileURL(join(checkout, "src/usage_store.js")).href);
    cpSync(checkout, join(folder, "proxy"), {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|\.git)$/.test(path),
    });
    await build({
      entryPoints: ["ts/src/integrations/proxy/index.ts"],
      outfile: join(folder, "proxy.js"),
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node18",
    });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(folder, "proxy/src/usage_store.js"), 'export * from "../../proxy.js";\n');
  });

  afterEach(() => vi.restoreAllMocks());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([["tests/usage-store.test.js"], readTests()])(
    "its tests pass with the drop-in in its place: %s …",
    (...files) => {
      const home = mkdtempSync(join(folder, "home-"));
      const env = { ...process.env, HOME: home, USERPROFILE: home, BATON_HOME: join(home, "baton") };
      const cwd = join(folder, "proxy");
      const args = ["--test", "--test-reporter=tap", ...files];
      const { stdout } = spawnSync(process.execPath, args, { cwd, env, encoding: "utf8", maxBuffer: 2 ** 28 });
      const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(stdout)?.[1]);
      console.log(
        `${files.length} files: ${count("pass")} passed, ${count("fail")} failed, ${count("skipped")} skipped`,
      );
      expect(count("fail"), stdout).toBe(0);
      expect(count("pass")).toBeGreaterThanOrEqual(5);
      expect(readdirSync(home)).toEqual([]);
    },
  );

  test("the names and members are the same", () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    expect(methods(ours.UsageStore)).toEqual(methods(theirs.UsageStore));
    for (const options of [
      {},
      { path: "off" },
      { enabled: false },
      { path: "x", retentionDays: "9", maxReadBytes: -1 },
    ])
      expect({ ...new ours.UsageStore(options) }).toEqual({ ...new theirs.UsageStore(options) });
    expect(ours.DEFAULT_USAGE_RETENTION_DAYS).toBe(theirs.DEFAULT_USAGE_RETENTION_DAYS);
    expect(ours.defaultUsageDbPath()).toBe(theirs.defaultUsageDbPath());
  });

  test(`20,000 random events become the same lines, days and midnights (BATON_SEED=${seed})`, () => {
    const random = randomOf(seed);
    for (let i = 0; i < 20_000; i++) {
      const event = randomEvent(random);
      vi.spyOn(Date, "now").mockReturnValue(random(4e12));
      const line = JSON.stringify(ours.sanitizeUsageEvent(event));
      expect(line).toBe(JSON.stringify(theirs.sanitizeUsageEvent(event)));
      const ts = random(4e12);
      expect(ours.localDay(ts)).toBe(theirs.localDay(ts));
      const days = random(90);
      expect(ours.localDayStartTs(ts, days)).toBe(theirs.localDayStartTs(ts, days));
    }
  });

  test(`the same events give the same file, summary and prune (BATON_SEED=${seed})`, async () => {
    const random = randomOf(seed);
    const now = Date.now();
    for (let round = 0; round < 20; round++) {
      const [a, b] = ["ours", "theirs"].map((name) => join(folder, name, `${round}`, "usage.jsonl"));
      const options = { retentionDays: 1 + random(9), maxReadBytes: random(2) ? 4000 : undefined };
      const pair = [new ours.UsageStore({ path: a, ...options }), new theirs.UsageStore({ path: b, ...options })];
      const same = (of: (store: ours.UsageStore) => unknown) => {
        const [one, other] = pair.map((store) => JSON.stringify(of(store))?.replaceAll(store.path, ""));
        expect(one).toBe(other);
      };
      const both = (act: (store: ours.UsageStore) => unknown) => pair.map((store) => act(store));
      for (let i = 0; i < 60; i++) {
        const event = { ...randomEvent(random), ts: now - random(12 * 86_400_000) };
        same((store) => store.record(event));
      }
      same((store) => store.pendingEvents);
      same((store) => store.summary({ now, days: 5, models: ["m-1", " spare "] }));
      await Promise.all(both((store) => store.flush()));
      const asked = { now: now + random(86_400_000), days: random(40), models: ["m-1", "", "spare"] };
      for (const prune of [false, true]) {
        if (prune) same((store) => store.pruneOldEvents(now));
        same((store) => readFileSync(store.path, "utf8"));
        same((store) => store.readEvents());
        same((store) => store.summary(asked));
        same((store) => [store.lastError, store.lastPruneTs, store.pendingEvents]);
      }
      same((store) => [store.pruneIfNeeded(now), store.pruneIfNeeded(now + 86_400_000), store.lastPruneTs]);
    }
  });
});

function readTests(): string[] {
  if (reason !== undefined) return [];
  const files = readdirSync(join(checkout, "tests")).filter((name) => name.endsWith(".test.js"));
  return files.map((name) => `tests/${name}`);
}

function methods(of: { prototype: object }): string[] {
  const names = Object.getOwnPropertyNames(of.prototype);
  return names.filter((name) => typeof Reflect.get(of.prototype, name) === "function").sort();
}

const keys = Object.keys(ours.sanitizeUsageEvent({ ts: 0 })).filter((key) => key !== "v" && key !== "day");

/** An event with values of every kind that JSON and ECMAScript have. */
function randomEvent(random: (below: number) => number): Record<string, unknown> {
  const event: Record<string, unknown> = {
    model: `m-${random(4)}`,
    status: [200, 429, 503, 0][random(4)],
    ok: random(2) === 1,
  };
  // Without the empty list, which upstream takes for a model without a name.
  const odd = [
    null,
    undefined,
    "",
    "0",
    "12",
    " 7 ",
    "x",
    "a\r\nb\tc",
    "é".repeat(200),
    -1,
    0.5,
    1e21,
    NaN,
    Infinity,
    true,
    false,
    [7],
    ["a", "b"],
    {},
    { a: 1 },
    new Date(5),
    12n,
    "network timeout",
    408,
    1_795_372_200_000,
  ];
  for (const key of [...keys, "error_type"]) if (random(4) === 0) event[key] = odd[random(odd.length)];
  return event;
}
