/** What was acknowledged is there, however the process ends (docs/design.md, "The library"). */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../../conformance/bundle.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";

let folder = "";
let program = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-endings-"));
  program = bundle("ts/test/library/ending.ts", folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ["process.exit", "exit", 0],
  ["an exception that nobody catches", "exception", 1],
  ["a promise that nobody catches", "rejection", 1],
  ["process.abort", "abort", "SIGABRT"],
  ["SIGTERM", "SIGTERM", "SIGTERM"],
  ["SIGKILL", "SIGKILL", "SIGKILL"],
  ["the exit of the worker thread that records", "worker exit", 0],
  ["the termination of the worker thread that records", "terminate", 0],
] as const)("what was acknowledged as written is there after %s", (_, way, ended) => {
  const home = join(folder, way.replace(" ", "-"));
  const { stdout, status, signal } = spawnSync(process.execPath, [program, home, way], { encoding: "utf8" });
  expect(status ?? signal).toBe(ended);
  const acknowledged = stdout.trim().split("\n").map(Number);
  const loaded = [...recordsOf(readFolder(join(home, "segments")))].map(({ seq }) => seq);
  expect(acknowledged.length).toBeGreaterThanOrEqual(40);
  // The last one may be written and not acknowledged any more.
  expect(loaded.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(loaded.length - acknowledged.length).toBeLessThanOrEqual(1);
});
