import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { readFolder, recordsOf } from "../ts/src/segment/folder.js";

it("a reader loses nothing and counts nothing twice while segments are compacted under it (SEG-034)", async () => {
  const dir = mkdtempSync(join(tmpdir(), "baton-churn-"));
  const churn = spawn(process.execPath, ["--import", "tsx", "conformance/churn.ts", dir, "400"]);
  const ended = new Promise<number | null>((resolve) => churn.once("exit", resolve));
  try {
    await new Promise((resolve) => churn.stdout.once("data", resolve));
    let readings = 0;
    while (churn.exitCode === null) {
      expect([...recordsOf(readFolder(dir))].map(({ seq }) => seq)).toEqual([1, 2, 3]);
      readings++;
      await turn();
    }
    expect(await ended).toBe(0);
    expect(readings).toBeGreaterThan(20);
  } finally {
    churn.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});
