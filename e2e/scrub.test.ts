/** The fixtures of real clients carry nothing of the machine they were captured on. */
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "./clients.js";
import type { Machine } from "./isolate.js";
import { scrubber } from "./scrub.js";

const machine = { root: "/example/baton-e2e-AbCdEf" } as Machine;

test("equal ids get equal placeholders, and different ones differ", () => {
  const scrub = scrubber(machine);
  const [a, b] = ["01a214e1-b4de-7ba1-a690-e4c67d038074", "01a214e1-b53d-7e61-8b53-28e2ad8a07f8"];
  const out = scrub([a, { id: `fco_${a}` }, b, "ses_deb1e13c7ffe09Bwyzfb9c3CNf"]);
  const [first, second] = ["00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"];
  expect(out).toEqual([first, { id: `fco_${first}` }, second, "ses_0001"]);
});

test("moments keep their distance and lose their date", () => {
  const scrub = scrubber(machine);
  const out = scrub({ at: 1795646666092, next: 1795646669092, iso: "2026-11-25T22:44:27.192Z", seconds: 1795646667 });
  expect(out).toEqual({ at: 1795608000000, next: 1795608003000, iso: "2026-11-25T12:00:01.100Z", seconds: 1795608000 });
});

test("paths below the machine keep their place in it", () => {
  const out = scrubber(machine)(`file://${machine.root}/project and ${machine.root}/codex/config.toml`);
  expect(out).toBe("file:///machine/project and /machine/codex/config.toml");
});

test("no committed fixture names the machine or the moment of its capture", () => {
  const folder = join(repository, "fixtures", "clients");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) {
    const text = readFileSync(join(folder, name), "utf8");
    for (const trace of ["baton-e2e-", `${tmpdir()}/`, "/root/", "/home/runner", "/Users/", process.execPath])
      expect(text.includes(trace), `${name} has ${trace}`).toBe(false);
    const ids = text.match(/\b(ses|msg|prt|evt)_[0-9A-Za-z]{20,}|[1-9a-f][0-9a-f]{7}-[0-9a-f]{4}-7[0-9a-f]{3}-/g);
    expect(ids, name).toBeNull();
  }
});
