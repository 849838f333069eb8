/**
 * `npx tsx bench/proxy.ts`: what the proxy's drop-in costs a request, beside the line alone. Needs dist/. Where there is a
 * checkout of opencode-proxy (conformance/upstream.ts), its own module is measured in the same run.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { upstreamCheckout } from "../conformance/upstream.js";

interface Variant {
  readonly name: string;
  /** Module of the store. */
  readonly module: string;
  /** Whether the file is the proxy's own, so that Baton records. */
  readonly isOwn: boolean;
}

const dropIn = resolve("dist/proxy.js");
if (!existsSync(dropIn)) throw new Error("dist/proxy.js is missing: run `npm run build` first");
const { folder: checkout, reason } = upstreamCheckout();
if (reason !== undefined) console.log(`without the proxy's own module: ${reason}\n`);
const requests = Number(process.env.BENCH_REQUESTS ?? 2000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

const variants: Variant[] = [
  ...(checkout ? [{ name: "upstream: line", module: resolve(checkout, "src/usage_store.js"), isOwn: false }] : []),
  { name: "drop-in: line", module: dropIn, isOwn: false },
  { name: "drop-in: line and record", module: dropIn, isOwn: true },
];

await printCalls();
await printRequests();

/** The cost of record(), and of the first event behind a file as long as the proxy lets it grow. */
async function printCalls(): Promise<void> {
  console.log("record(): us per call; us until the line stands in the file; first event behind 5 MiB of lines, which");
  console.log("are not pruned: ms, and the longest pause of the event loop meanwhile, ms\n");
  console.log(row(["", "p50", "p95", "written", "first", "pause"]));
  const figures = new Map<string, number[][]>();
  for (let round = 0; round < rounds; round++) {
    for (const variant of variants) {
      inFolder((folder) => {
        fill(join(folder, "usage.jsonl"));
        const { stdout } = spawnSync(process.execPath, hostArguments(variant, "calls"), {
          env: hostEnvironment(variant, folder),
          encoding: "utf8",
          stdio: ["ignore", "pipe", "inherit"],
        });
        const { p50, p95, writtenUs, firstMs, pauseMs, error } = JSON.parse(stdout);
        if (error) throw new Error(`${variant.name}: ${error}`);
        push(figures, variant.name, [p50, p95, writtenUs, firstMs, pauseMs]);
      });
    }
  }
  for (const [name, runs] of figures) console.log(row([name, ...columns(runs).map((value) => value.toFixed(1))]));
}

/** The time of a request through a server on loopback that records it. */
async function printRequests(): Promise<void> {
  console.log(`\na request through a local server that records it: us, ${requests} requests, ${rounds} rounds\n`);
  console.log(row(["", "p50, 1 at once", "p95", "p50, 16 at once", "p95"]));
  const figures = new Map<string, number[][]>();
  const all = [{ name: "no record at all", module: "none", isOwn: false }, ...variants];
  for (let round = 0; round < rounds; round++) {
    for (const variant of all) {
      const folder = mkdtempSync(join(tmpdir(), "baton-bench-proxy-"));
      const host = spawn(process.execPath, hostArguments(variant, "serve"), {
        env: hostEnvironment(variant, folder),
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const port = await portOf(host);
        await times(port, 200, 1);
        const one = await times(port, requests, 1);
        const many = await times(port, requests, 16);
        push(figures, variant.name, [...percentiles(one), ...percentiles(many)]);
      } finally {
        host.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  for (const [name, runs] of figures) console.log(row([name, ...columns(runs).map((value) => value.toFixed(0))]));
}

function hostArguments({ module }: Variant, task: "calls" | "serve"): string[] {
  return [resolve("bench/proxy-host.mjs"), module, task];
}

function hostEnvironment({ isOwn }: Variant, folder: string): NodeJS.ProcessEnv {
  const path = join(folder, "usage.jsonl");
  const own = isOwn ? path : join(folder, "other.jsonl");
  return { ...process.env, BENCH_PATH: path, USAGE_DB_PATH: own, BATON_HOME: join(folder, "state") };
}

/** Lines of the last days, up to the 5 MiB that a prune leaves. */
function fill(path: string): void {
  const now = Date.now();
  const line = (ts: number) =>
    `{"v":1,"ts":${ts},"day":"2026-01-01","model":"model-1","returned_model":"model-1","status":200,"ok":true,` +
    `"latency_ms":812,"total_tokens":1500,"prompt_tokens":1000,"completion_tokens":500,"usage_reported":true,` +
    `"usage_estimated":false,"usage_source":"upstream","cost":0,"rate_limited":false,"retry_after_seconds":null,` +
    `"limit_reset_at":"","limit_reset_at_ts":null,"limit_source":"","rate_limit_remaining":null,` +
    `"rate_limit_limit":null,"error_class":""}\n`;
  const count = Math.floor((5 * 1024 * 1024) / line(now).length);
  writeFileSync(path, Array.from({ length: count }, (_, i) => line(now - (count - i) * 1000)).join(""));
}

function portOf(host: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    host.stdout?.once("data", (data) => resolve(Number(data)));
    host.once("exit", () => reject(new Error("the host has ended")));
  });
}

/** Times of requests in microseconds, so many of them at once. */
async function times(port: number, count: number, atOnce: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const measured: number[] = [];
  let left = count;
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const start = performance.now();
      const asked = request(
        { port, host: "127.0.0.1", agent, method: "POST", path: "/v1/chat/completions" },
        (answer) => {
          answer.resume().once("end", () => {
            measured.push((performance.now() - start) * 1000);
            resolve();
          });
        },
      );
      asked.once("error", reject);
      asked.end('{"model":"model-1","messages":[]}');
    });
  const lane = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  agent.destroy();
  return measured;
}

function percentiles(values: number[]): number[] {
  const sorted = values.sort((a, b) => a - b);
  return [0.5, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN);
}

/** The median of each column over the rounds. */
function columns(runs: number[][]): number[] {
  return (runs[0] ?? []).map((_, column) => percentiles(runs.map((run) => run[column] ?? Number.NaN))[0] ?? Number.NaN);
}

function push(figures: Map<string, number[][]>, name: string, figure: number[]): void {
  figures.set(name, [...(figures.get(name) ?? []), figure]);
}

function row([name = "", ...cells]: string[]): string {
  return name.padEnd(26) + cells.map((cell) => cell.padStart(17)).join("");
}

function inFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-proxy-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
