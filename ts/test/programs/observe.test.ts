import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makePlace, ok, type Place } from "./harness.js";

const userinfo = "user:word";
let place: Place;
beforeEach(() => {
  place = makePlace();
  Object.assign(place.env, { PORT: "1", BATON_PROXY_MS: "20000" });
});
afterEach(() => place.remove());

it("`observe` tells what it recorded, and both briefs show the proxy alike (OBS-002)", async () => {
  const server = createServer((request, response) =>
    response.end(
      JSON.stringify(
        request.url === "/health"
          ? { status: "ok", models: [] }
          : {
              app_version: "1.4.2",
              routing: "random",
              uptime_seconds: 720,
              window_ms: 300_000,
              summary: { window: { requests: 7, fail: 2 } },
            },
      ),
    ),
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const args = [resolve("dist/cli.js"), "observe", "--proxy", `http://127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { cwd: place.repository, env: place.env });
  let told = "";
  child.stderr.on("data", (text: Buffer) => {
    told += text;
  });
  expect(await new Promise((done) => child.once("close", done))).toBe(0);
  server.close();
  expect(told).toMatch(/^github\.com\/acme\/proxy: 2 pointers, 1 facts, 1 runtimes recorded\n$/);
  const brief = ok(place.baton("resume"));
  expect(brief).toContain(
    `runtime: opencode-proxy 1.4.2 up for 12m on port ${port}, routing random, 2 of 7 requests failed in 5m, 0m ago\n`,
  );
  expect(ok(place.doctor("resume"))).toBe(brief);
});

it("`observe` refuses a proxy on another machine with what to do, and shows no part of the URL (OBS-001)", () => {
  const refused = place.baton("observe", "--proxy", `http://${userinfo}@192.0.2.1:3000`);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("BTN-A01");
  expect(refused.stderr).not.toMatch(/word|192\.0\.2/);
});

it("`observe --offline` asks nobody and records the rest (OBS-008)", () => {
  expect(ok(place.baton("observe", "--offline"))).toBe("");
  expect(ok(place.baton("resume"))).not.toContain("runtime:");
});
