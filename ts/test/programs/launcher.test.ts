/** The launcher records and prints what `baton` does. */
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makePlace, ok, type Place } from "./harness.js";

const launcher = resolve("rust/target/debug/opencode-proxy-launcher");
const cli = resolve("dist/cli.js");

/** What /metrics of a proxy may tell: all of it, what fields cannot hold, nothing, and no JSON. */
const told: readonly (readonly [string, number, string])[] = [
  [
    "all",
    200,
    '{"app_version":"1.4.2","routing":"random","uptime_seconds":720,"window_ms":300000,"summary":{"window":{"requests":7,"fail":2}}}',
  ],
  [
    "what fields cannot hold",
    200,
    '{"app_version":"/home/somebody","routing":7,"uptime_seconds":-1,"window_ms":1499.5,"summary":{"window":{"requests":1.5,"fail":9007199254740993}}}',
  ],
  ["nothing without a token", 401, '{"error":"Unauthorized","app_version":"1.4.2"}'],
  ["no JSON", 200, "<html>"],
  ["another JSON", 200, "[1]"],
];

let place: Place;
let server: Server;
let metrics = "";
let status = 200;

beforeEach(async () => {
  place = makePlace();
  server = createServer((request, response) => {
    const isHealth = request.url === "/health";
    response.writeHead(isHealth ? 200 : status, { "content-type": "application/json" });
    response.end(isHealth ? '{"status":"ok","models":["one"]}' : metrics);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  Object.assign(place.env, { PORT: String(port), BATON_PROXY_MS: "20000", BATON_GH_MS: "1" });
});
afterEach(() => {
  server.close();
  place.remove();
});

/** Runs a program beside the server of this process. */
async function runBeside(home: string, command: string, ...args: string[]): Promise<string> {
  const env = { ...place.env, BATON_HOME: join(place.root, home) };
  const child = spawn(command, args, { cwd: place.repository, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => {
    stdout += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    stderr += text;
  });
  expect([await new Promise((done) => child.once("close", done)), stderr]).toEqual([0, expect.any(String)]);
  return stdout;
}

function runtimes(home: string): unknown[] {
  const lines = ok(place.baton("export", "--jsonl", "--home", join(place.root, home)));
  const records = lines.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).record]));
  return records.flatMap(({ runtimeSummary }) => (runtimeSummary === undefined ? [] : [runtimeSummary]));
}

it.each(told)("records of the proxy what `baton observe` records (OBS-002): %s", async (_, code, body) => {
  status = code;
  metrics = body;
  await runBeside("one", launcher, "--agent", "none");
  await runBeside("other", process.execPath, cli, "observe");
  expect(runtimes("one")).toHaveLength(1);
  expect(runtimes("one")).toEqual(runtimes("other"));
});

it("each knows what the other has recorded, and records nothing twice (OBS-003)", async () => {
  [, status, metrics] = told[0]!;
  await runBeside("both", launcher, "--agent", "none");
  await runBeside("both", process.execPath, cli, "observe");
  await runBeside("both", launcher, "--agent", "none");
  expect(runtimes("both")).toHaveLength(1);
});

it("prints the brief that `baton resume` prints", async () => {
  [, status, metrics] = told[0]!;
  const brief = await runBeside("state", launcher, "--agent", "none");
  expect(brief).toContain("runtime: opencode-proxy 1.4.2 up for 12m");
  expect(brief).toBe(ok(place.baton("resume")));
});
