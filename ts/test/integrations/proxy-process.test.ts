import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { event, makePlace, now } from "./build.js";

let folder: string;
let script: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baton-proxy-build-"));
  const outfile = join(folder, "proxy.mjs");
  await build({
    entryPoints: ["ts/src/integrations/proxy/index.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node18",
    logLevel: "silent",
  });
  script = join(folder, "script.mjs");
  writeFileSync(
    script,
    `import { UsageStore } from ${JSON.stringify(pathToFileURL(outfile).href)};
const [events, rounds] = JSON.parse(process.argv[2]);
const store = new UsageStore({ path: process.env.USAGE_DB_PATH, pruneIntervalMs: Number.MAX_SAFE_INTEGER });
for (let round = 0; round < rounds; round++) {
  for (const event of events) store.record(event);
  if (rounds > 1) await store.flush();
}
`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a process that only records ends by itself, with every line and record written", () => {
  const place = makePlace();
  const events = Array.from({ length: 20 }, (_, i) => event({ latency_ms: i }));
  const { status, stderr, signal } = spawnSync(process.execPath, [script, JSON.stringify([events, 1])], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect({ status, stderr, signal }).toEqual({ status: 0, stderr: "", signal: null });
  expect(place.text().trimEnd().split("\n").length).toBe(20);
  expect(place.imported()).toMatchObject({ added: 0, known: 20, healths: 0 });
});

test("twins of processes that follow each other are numbered on (USE-063)", () => {
  const place = makePlace();
  for (let process = 0; process < 3; process++) run([event(), event()]);
  expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(place.imported()).toMatchObject({ added: 0, known: 6 });
});

function run(events: readonly object[]): void {
  expect(spawnSync(process.execPath, [script, JSON.stringify([events, 1])]).status).toBe(0);
}

test("a process that is killed at any moment leaves nothing for an import to add (USE-062)", async () => {
  const place = makePlace();
  const events = Array.from({ length: 8 }, (_, i) => event({ ts: now - (i % 3), latency_ms: i % 2 }));
  for (let kill = 0; kill < 5; kill++) {
    const lines = place.text().length;
    const child = spawn(process.execPath, [script, JSON.stringify([events, 1_000_000])], { stdio: "ignore" });
    const gone = new Promise((resolve) => child.once("exit", resolve));
    while (place.text().length <= lines) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, kill * 7));
    child.kill("SIGKILL");
    await gone;
  }
  const report = place.imported();
  expect(report).toMatchObject({ added: 0, refused: [] });
  expect(report.known).toBe(report.lines);
});
