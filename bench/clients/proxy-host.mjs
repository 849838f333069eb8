/**
 * The host that bench/clients/proxy.ts measures: `node proxy-host.mjs MODULE calls|serve`. MODULE gives UsageStore, or is
 * "none". `calls` prints figures as JSON and ends; `serve` prints its port and records one event per request.
 */
import { createServer } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const [, , module, task] = process.argv;
const { UsageStore } = module === "none" ? {} : await import(pathToFileURL(module).href);
const store = UsageStore && new UsageStore({ path: process.env.BENCH_PATH, pruneIntervalMs: Number.MAX_SAFE_INTEGER });
let count = 0;

function record() {
  count++;
  store?.record({
    ts: Date.now(),
    model: `model-${count % 5}`,
    returned_model: `model-${count % 5}`,
    status: 200,
    ok: true,
    latency_ms: 800 + (count % 997),
    total_tokens: 1500 + count,
    prompt_tokens: 1000 + count,
    completion_tokens: 500,
    usage_reported: true,
    usage_source: "upstream",
    cost: 0,
  });
}

if (task === "calls") await calls();
else serve();

/** The first event, and then the time of each call and of everything until the lines are written, in batches of 50: in ms. */
async function calls() {
  await setTimeout(50);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  record();
  await store.flush();
  const firstMs = performance.now() - start;
  // The next turn of the loop is the one that a pause has kept waiting.
  await setTimeout(20);
  delay.disable();
  const calls = [];
  let written = 0;
  for (let batch = 0; batch < 20; batch++) {
    const begin = performance.now();
    for (let i = 0; i < 50; i++) {
      const before = performance.now();
      record();
      calls.push(performance.now() - before);
    }
    await store.flush();
    written += performance.now() - begin;
  }
  const figures = { calls, writtenMs: written / calls.length, firstMs, pauseMs: delay.max / 1e6 };
  console.log(JSON.stringify({ ...figures, error: store.lastError }));
}

function serve() {
  const body = JSON.stringify({ choices: [{ message: { role: "assistant", content: "x".repeat(2000) } }] });
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-type", "application/json");
      record();
      response.end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
