/** `baton import` in this process, where a test can move the clock. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runProgram } from "../../src/cli/program.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { healthOf } from "../../src/usage/stored.js";
import { line } from "../usage/build.js";

const dayMs = 86_400_000;
const start = 1_795_454_000_000;
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-import-"));
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  vi.stubEnv("BATON_NOW", undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it("goes by the clock of the day as it follows a file, and not by that of its start (USE-027, USE-053)", async () => {
  const file = join(folder, "usage.jsonl");
  const home = join(folder, "state");
  const healths = () =>
    [...recordsOf(readFolder(join(home, "segments")))].flatMap((record) => healthOf(record)?.observedAt ?? []).sort();
  writeFileSync(file, `${line({ ts: start })}\n`);
  const ended = runProgram(["import", "usage", file, "--follow", "--quiet", "--home", home]);
  await vi.waitFor(() => expect(healths()).toEqual([start]), 10_000);
  vi.setSystemTime(start + 3 * dayMs);
  appendFileSync(file, `${line({ ts: start + 3 * dayMs })}\n`);
  await vi.waitFor(() => expect(healths()).toEqual([start, start + 3 * dayMs]), 10_000);
  process.listeners("SIGTERM").at(-1)?.("SIGTERM");
  expect(await ended).toBe(0);
});
