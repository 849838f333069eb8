/**
 * What the proxy's drop-in costs: a call, a request, and the first event of a process. Where there is a checkout of
 * opencode-proxy (conformance/upstream.ts), its own module stands beside it.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join, resolve } from "node:path";
import { upstreamCheckout } from "../../conformance/upstream.js";
import { inTurns, type Row, runs, type Sample, shown, timeOf } from "./measure.js";
import type { Place, WiredHome } from "./place.js";

/** A proxy that is measured. */
interface Variant {
  /** Module of the store, or "none". */
  readonly module: string;
  /** Where it records too; without one it only writes its line. */
  readonly home?: WiredHome;
}

type Variants = Readonly<Record<string, Variant>>;

/** Requests and calls are short: there are so many of them for each other sample. */
const requestsPerRun = 20;

/** Rows of the drop-in that records, beside what writes the line alone. */
export async function measureProxy(place: Place, empty: WiredHome, full: WiredHome): Promise<Row[]> {
  const dropIn = resolve("dist/proxy.js");
  const { folder: checkout } = upstreamCheckout();
  const recording: Variants = {
    line: { module: dropIn },
    ...(checkout ? { upstream: { module: resolve(checkout, "src/usage_store.js") } } : {}),
    empty: { module: dropIn, home: empty },
    full: { module: dropIn, home: full },
  };
  return [...(await requests(place, { none: { module: "none" }, ...recording })), ...(await calls(place, recording))];
}

/** The time of requests through a server on loopback that records each of them. */
async function requests(place: Place, variants: Variants): Promise<Row[]> {
  const hosts: ChildProcess[] = [];
  const agent = new Agent({ keepAlive: true });
  try {
    const one: Record<string, Sample> = {};
    const many: Record<string, Sample> = {};
    for (const [name, variant] of Object.entries(variants)) {
      const host = spawn(process.execPath, hostArguments(variant, "serve"), {
        env: environmentOf(place, name, variant),
        stdio: ["ignore", "pipe", "inherit"],
      });
      hosts.push(host);
      const port = await portOf(host);
      one[name] = () => timeOf(() => ask(agent, port));
      many[name] = () => timeOf(() => Promise.all(Array.from({ length: 16 }, () => ask(agent, port))));
    }
    const count = runs * requestsPerRun;
    return [
      rowOf(`proxy, a request (${count} each)`, await inTurns(one, count)),
      rowOf(`proxy, 16 requests at once (${count} times each)`, await inTurns(many, count)),
    ];
  } finally {
    agent.destroy();
    for (const host of hosts) host.kill();
  }
}

/** The cost of record(), and of the first event behind a file as long as the proxy lets it grow. */
async function calls(place: Place, variants: Variants): Promise<Row[]> {
  const measured: Record<"call" | "written" | "pause", Record<string, number[]>> = { call: {}, written: {}, pause: {} };
  const sample = (name: string, variant: Variant): Sample => {
    return () => {
      const env = environmentOf(place, name, variant);
      fill(env.BENCH_PATH ?? "");
      const { stdout } = spawnSync(process.execPath, hostArguments(variant, "calls"), {
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      const { calls, writtenMs, firstMs, pauseMs, error } = JSON.parse(stdout);
      if (error) throw new Error(`${name}: ${error}`);
      for (const [figure, times] of Object.entries({ call: calls, written: [writtenMs], pause: [pauseMs] })) {
        const all = measured[figure as keyof typeof measured];
        all[name] = [...(all[name] ?? []), ...times];
      }
      return firstMs;
    };
  };
  const samples = Object.entries(variants).map(([name, variant]) => [name, sample(name, variant)]);
  const first = await inTurns(Object.fromEntries(samples));
  return [
    rowOf("proxy, a call of `record()`", measured.call),
    rowOf("proxy, a call of `record()` until its line stands in the file", measured.written),
    rowOf("proxy, the first event of a process, behind 5 MiB of lines", first),
    rowOf("the longest pause of the event loop meanwhile", measured.pause),
  ];
}

function rowOf(label: string, times: Readonly<Record<string, readonly number[]>>): Row {
  const { none, line, upstream, empty = [], full = [] } = times;
  const beside = [
    none && `no line, no record ${shown(none)}`,
    line && `line alone ${shown(line)}`,
    upstream && `the proxy's own module ${shown(upstream)}`,
  ];
  return [label, shown(empty), shown(full), beside.filter((text) => text !== undefined).join(", "), ""];
}

function hostArguments({ module }: Variant, task: "calls" | "serve"): string[] {
  return [resolve("bench/clients/proxy-host.mjs"), module, task];
}

/** Environment of a host, in a folder of its own that is made anew; its state directory is as it was. */
function environmentOf(place: Place, name: string, { home }: Variant): NodeJS.ProcessEnv {
  const folder = join(place.root, `proxy-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  home?.restore();
  const path = join(folder, "usage.jsonl");
  // The drop-in records where the file is the one that the proxy's settings name.
  const own = home === undefined ? join(folder, "other.jsonl") : path;
  return { ...place.env, BENCH_PATH: path, USAGE_DB_PATH: own, BATON_HOME: home?.dir ?? join(folder, "state") };
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

function ask(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", agent, method: "POST", path: "/v1/chat/completions" };
    const asked = request(options, (answer) => answer.resume().once("end", resolve));
    asked.once("error", reject);
    asked.end('{"model":"model-1","messages":[]}');
  });
}
