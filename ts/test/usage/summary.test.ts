import { afterAll, describe, expect, test } from "vitest";
import { eventsOfRecords } from "../../src/usage/export.js";
import { eventsOfText, summarizeUsage } from "../../src/usage/summary.js";
import { createStore, fixture, now } from "./build.js";

interface Manifest {
  zones: string[];
  days: number[];
  path: string;
  files: { name: string; now: number; models: string[] }[];
}

const manifest: Manifest = JSON.parse(fixture("summaries.json"));
const home = process.env.TZ;

afterAll(() => {
  if (home === undefined) delete process.env.TZ;
  else process.env.TZ = home;
});

function golden(name: string, zone: string, days: number): string {
  return fixture(`${name}.${zone.replace("/", "-")}.${days}.summary.json`);
}

describe.each(manifest.zones)("under TZ=%s", (zone) => {
  // Rules USE-030, USE-031, USE-032, USE-033, USE-036 and USE-037 are upstream's own doing.
  test.each(manifest.files)("the summary of $name.jsonl has the bytes of upstream's", ({ name, now, models }) => {
    process.env.TZ = zone;
    const events = [...eventsOfText(fixture(`${name}.jsonl`), now)];
    for (const days of manifest.days) {
      const summary = summarizeUsage(events, { days, models, now, enabled: true, path: manifest.path });
      expect(`${JSON.stringify(summary)}\n`).toBe(golden(name, zone, days));
    }
  });

  test("the summary of imported records has the bytes of upstream's", () => {
    process.env.TZ = zone;
    const { models } = manifest.files.find((file) => file.name === "mixed")!;
    const store = createStore();
    store.add(fixture("mixed.jsonl"));
    const events = eventsOfRecords(store.records);
    for (const days of manifest.days) {
      const summary = summarizeUsage(events, { days, models, now, enabled: true, path: manifest.path });
      expect(`${JSON.stringify(summary)}\n`).toBe(golden("mixed", zone, days));
    }
  });
});

test("a summary that is switched off names no path, and odd options count as upstream counts them (USE-034, USE-035)", () => {
  const summary = summarizeUsage([], { now, days: 0, retentionDays: -1, path: "~/x", models: [" ", "b", "a"] });
  expect(summary).toMatchObject({ enabled: false, path: "", read_window_days: 7, retention_days: 30 });
  expect(summary.by_model_today.map(({ model }) => model)).toEqual(["a", "b"]);
});
