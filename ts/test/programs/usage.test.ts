/** The proxy's usage, taken over and summed up by the real programs, beside upstream's own summaries. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixture, generated, line, now } from "../usage/build.js";
import { makePlace, ok, type Place } from "./harness.js";

interface Summary {
  readonly path: string;
  readonly totals: { readonly requests: number; readonly cost: number };
  readonly by_model_today: readonly { readonly requests: number }[];
  readonly by_model_24h: readonly { readonly requests: number }[];
}

const manifest: { zones: string[]; days: number[]; files: { name: string; now: number }[] } = JSON.parse(
  fixture("summaries.json"),
);

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.remove());

/**
 * A summary as text, keys in their order, without what tells the two sides apart: the path, and the models without
 * requests that the goldens were told of. All else was made at one instant, so it is compared too.
 */
function compared(json: string): string {
  const { path, ...summary }: Summary = JSON.parse(json);
  const asked = (models: Summary["by_model_24h"]) => models.filter(({ requests }) => requests > 0);
  const by_model_today = asked(summary.by_model_today);
  const by_model_24h = asked(summary.by_model_24h);
  return JSON.stringify({ ...summary, by_model_today, by_model_24h });
}

/** Path of a fixture. */
function fixturePath(name: string): string {
  return resolve("fixtures/usage", name);
}

/** What `doctor usage --json` prints. */
function usage(...args: string[]): string {
  return ok(place.doctor("usage", "--json", ...args));
}

/** Imports a file and tells how many lines were added. */
function imported(file: string, home: string): number {
  return JSON.parse(ok(place.baton("import", "usage", file, "--json", "--home", home))).added ?? 0;
}

describe.each(manifest.zones)("under TZ=%s", (zone) => {
  beforeAll(() => {
    place.env.TZ = zone;
  });

  it.each(manifest.files)("the doctor sums up $name in place as upstream does", ({ name, now }) => {
    place.env.BATON_NOW = String(now);
    for (const days of manifest.days) {
      const golden = fixture(`${name}.${zone.replace("/", "-")}.${days}.summary.json`);
      const args = ["--days", String(days), "--file", fixturePath(`${name}.jsonl`)];
      expect(compared(usage(...args))).toBe(compared(golden));
    }
  });

  // What import refuses of odd.jsonl, reading in place takes as leniently as upstream (USE-036).
  const whole = manifest.files.filter(({ name }) => name !== "odd");
  it.each(whole)("the doctor sums up the import of $name as upstream does the file", ({ name, now }) => {
    place.env.BATON_NOW = String(now);
    const home = join(place.root, zone, name);
    expect(imported(fixturePath(`${name}.jsonl`), home)).toBe(fixture(`${name}.jsonl`).trim().split("\n").length);
    for (const days of manifest.days) {
      const golden = fixture(`${name}.${zone.replace("/", "-")}.${days}.summary.json`);
      expect(compared(usage("--days", String(days), "--home", home))).toBe(compared(golden));
    }
  });
});

describe("import usage", () => {
  beforeAll(() => {
    place.env.TZ = "UTC";
    place.env.BATON_NOW = String(now);
  });

  it("adds nothing after upstream's prune has written the file anew (USE-020, USE-022)", () => {
    const home = join(place.root, "pruned");
    imported(fixturePath("mixed.jsonl"), home);
    const before = usage("--days", "30", "--home", home);
    expect(imported(fixturePath("mixed.pruned.jsonl"), home)).toBe(0);
    expect(usage("--days", "30", "--home", home)).toBe(before);
  });

  it("skips what lies before the retention that config.json sets, the last of several, and counts it (USE-023)", () => {
    const home = join(place.root, "retention");
    const lines = fixture("mixed.jsonl").trim().split("\n");
    const days = [30, 1].map((days) => ({ kind: "usage_event", days }));
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, "config.json"), JSON.stringify({ retention: days }));
    const kept = lines.filter((each) => JSON.parse(each).ts >= now - 24 * 60 * 60 * 1000).length;
    expect(imported(fixturePath("mixed.jsonl"), home)).toBe(kept);
    expect(JSON.parse(usage("--days", "30", "--home", home)).totals.requests).toBe(kept);
  });

  it("counts 20,000 lines once, gives them back byte for byte, and refuses broken ones by number", () => {
    const home = join(place.root, "many");
    const file = join(place.root, "many.jsonl");
    const text = generated(20_000, 7);
    writeFileSync(file, text);
    expect(imported(file, home)).toBe(20_000);
    expect(imported(file, home)).toBe(0);
    const summary = usage("--days", "30", "--home", home);
    expect(JSON.parse(summary).totals.requests).toBe(20_000);
    expect(compared(summary)).toBe(compared(usage("--days", "30", "--file", file)));
    expect(ok(place.baton("export", "usage", "--home", home)) === text).toBe(true);
    const [first, second] = text.split("\n");
    writeFileSync(file, `${first}\nnot json\n${second}\n`);
    const broken = place.baton("import", "usage", file, "--home", home);
    expect(broken.status).toBe(3);
    expect(broken.stderr).toContain("line 2");
  });

  it("counts equal lines as often as they stand in the file, however often that is imported (USE-021)", () => {
    const home = join(place.root, "twins");
    const file = join(place.root, "twins.jsonl");
    const twin = `${line()}\n`;
    writeFileSync(file, twin + twin + twin);
    expect([imported(file, home), imported(file, home)]).toEqual([3, 0]);
    appendFileSync(file, twin);
    expect([imported(file, home), imported(file, home)]).toEqual([1, 0]);
    expect(JSON.parse(usage("--home", home)).totals.requests).toBe(4);
    expect(ok(place.baton("export", "usage", "--home", home))).toBe(readFileSync(file, "utf8"));
  });

  it("keeps null apart from 0 and gives both back (USE-001)", () => {
    const home = join(place.root, "nulls");
    const file = join(place.root, "nulls.jsonl");
    const numbers = ["cost", "retry_after_seconds", "limit_reset_at_ts", "rate_limit_remaining", "rate_limit_limit"];
    const all = (value: unknown) => line(Object.fromEntries(numbers.map((name) => [name, value])));
    writeFileSync(file, `${all(null)}\n${all(0)}\n${all(null)}\n${line({ cost: 0.1 })}\n`);
    expect([imported(file, home), imported(file, home)]).toEqual([4, 0]);
    expect(ok(place.baton("export", "usage", "--home", home))).toBe(readFileSync(file, "utf8"));
    expect(JSON.parse(usage("--home", home)).totals).toMatchObject({ requests: 4, cost: 0.1 });
    expect(compared(usage("--home", home))).toBe(compared(usage("--file", file)));
  });
});
