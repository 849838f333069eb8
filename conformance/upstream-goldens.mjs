// Makes the golden usage summaries, and the fixture that was pruned, with the proxy's own code.
//
//   node conformance/upstream-goldens.mjs CHECKOUT     CHECKOUT: a checkout of opencode-proxy
//
// What it changes: lists whose entries have equal counts are put in byte order instead of the locale's (USE-034), and
// lines that hold `null`, on which upstream's summary throws, are left out (USE-036).
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const fixtures = new URL("../fixtures/usage/", import.meta.url);
const { zones, days, path, files } = JSON.parse(readFileSync(new URL("summaries.json", fixtures), "utf8"));
const [, script, checkout, task] = process.argv;
if (checkout === undefined) {
  console.error("usage: node conformance/upstream-goldens.mjs CHECKOUT");
  process.exit(2);
}
const { UsageStore, summarizeUsageEvents } = await import(pathToFileURL(resolve(checkout, "src/usage_store.js")).href);

if (task === "summaries") summaries(process.env.TZ);
else if (task === "prune") prune();
else {
  inZone("Asia/Kolkata", "prune");
  for (const zone of zones) inZone(zone, "summaries");
}

/** Runs a task in a process of its own, because Node keeps the zone that it started in. */
function inZone(zone, task) {
  const { status } = spawnSync(process.execPath, [script, checkout, task], {
    env: { ...process.env, TZ: zone },
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
}

function summaries(zone) {
  for (const { name, now, models } of files) {
    // Upstream asks the clock where a line has no time.
    Date.now = () => now;
    const store = new UsageStore({
      path: fileURLToPath(new URL(`${name}.jsonl`, fixtures)),
      maxReadBytes: Number.MAX_SAFE_INTEGER,
    });
    const events = store.readEvents().filter((event) => event !== null);
    for (const count of days) {
      const options = { days: count, models, now, enabled: true, path, retentionDays: 30, lastError: "" };
      const summary = inByteOrder(summarizeUsageEvents(events, options));
      const file = `${name}.${zone.replace("/", "-")}.${count}.summary.json`;
      writeFileSync(new URL(file, fixtures), `${JSON.stringify(summary)}\n`);
    }
  }
}

/** Upstream's own prune, in another zone than the one the lines were written in: it rewrites day and error_class. */
function prune() {
  const { now } = files.find((file) => file.name === "mixed");
  const folder = mkdtempSync(join(tmpdir(), "goldens-"));
  const file = join(folder, "usage.jsonl");
  copyFileSync(new URL("mixed.jsonl", fixtures), file);
  new UsageStore({ path: file, retentionDays: 30 }).pruneOldEvents(now);
  copyFileSync(file, new URL("mixed.pruned.jsonl", fixtures));
  rmSync(folder, { recursive: true });
}

function inByteOrder(summary) {
  const order = (a, b) => b.requests - a.requests || Buffer.compare(utf32(a.model), utf32(b.model));
  const sort = (list) => list.sort(order);
  return {
    ...summary,
    by_day: summary.by_day.map((day) => ({ ...day, by_model: sort(day.by_model) })),
    by_model_today: sort(summary.by_model_today),
    by_model_24h: sort(summary.by_model_24h),
  };
}

/** Code points, big-endian: their order is that of UTF-8, for lone surrogates too. */
function utf32(text) {
  const bytes = Buffer.alloc(4 * text.length);
  for (const [i, character] of [...text].entries()) bytes.writeUInt32BE(character.codePointAt(0), 4 * i);
  return bytes;
}
