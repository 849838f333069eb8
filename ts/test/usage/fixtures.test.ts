import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fixture } from "./build.js";

test.each(["UTC", "Pacific/Auckland"])("the generator makes the fixtures as they are, under TZ=%s too", (zone) => {
  const folder = mkdtempSync(join(tmpdir(), "baton-usage-"));
  const env = { ...process.env, TZ: zone };
  const { status } = spawnSync(process.execPath, ["fixtures/usage/generate.mjs", "--to", folder], { env });
  expect(status).toBe(0);
  for (const name of ["mixed.jsonl", "spring.jsonl", "odd.jsonl"])
    expect(readFileSync(join(folder, name), "utf8")).toBe(fixture(name));
  rmSync(folder, { recursive: true });
});
