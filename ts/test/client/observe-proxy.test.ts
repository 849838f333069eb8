/** What `baton observe` finds out of the proxy (docs/proof.md, OBS-001 to OBS-003). */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { upstreamCheckout } from "../../../conformance/upstream.js";
import { shownRecords } from "../../src/client/state.js";
import { makePlace, type Place } from "./observe-place.js";

let place: Place;
beforeEach(() => {
  place = makePlace();
});

const metrics = {
  app_version: "1.4.2",
  routing: "round-robin",
  uptime_seconds: 61,
  window_ms: 300_000,
  summary: { window: { requests: 7, fail: 2 } },
};

/** A server that answers as the proxy does; `change` may change what its metrics say. */
function proxyServer(change: object = {}, token?: string): Promise<number> {
  return place.listen((request, response) => {
    const path = (request.url ?? "").split("?")[0];
    const isAllowed = token === undefined || request.headers.authorization === `Bearer ${token}`;
    response.statusCode = path === "/health" || isAllowed ? 200 : 401;
    if (path === "/health") response.end(JSON.stringify({ status: "ok", models: ["m"] }));
    else response.end(JSON.stringify(isAllowed ? { ...metrics, ...change } : { error: "Unauthorized" }));
  });
}

const runtimes = () =>
  shownRecords(place.client().state(), "runtime_summary").map(
    ({ runtimeSummary }) => runtimeSummary as Record<string, unknown>,
  );

describe("the proxy", () => {
  it("is recorded with version, routing, uptime and the counts of its window (OBS-002)", async () => {
    const port = await proxyServer();
    expect(await place.look({ proxy: `http://127.0.0.1:${port}/v1` })).toMatchObject({ runtimes: 1 });
    expect(runtimes()).toEqual([
      {
        name: "opencode-proxy",
        port,
        up: true,
        version: "1.4.2",
        routing: "round-robin",
        uptimeSeconds: 61,
        windowSeconds: 300,
        requests: 7,
        failures: 2,
      },
    ]);
  });

  it("is looked for where HOST and PORT say, as the proxy reads them (OBS-001)", async () => {
    place.env.PORT = String(await proxyServer());
    place.env.HOST = "0.0.0.0";
    expect(await place.look()).toMatchObject({ runtimes: 1 });
    place.env.HOST = "192.0.2.1";
    place.moveClock(3_600_000);
    expect(await place.look()).toMatchObject({ runtimes: 1 });
  });

  it("is recorded again when version or routing change, or after ten minutes, not for its counts (OBS-003)", async () => {
    const change: Record<string, unknown> = {};
    const port = await place.listen((request, response) =>
      response.end(
        JSON.stringify(request.url === "/health" ? { status: "ok", models: [] } : { ...metrics, ...change }),
      ),
    );
    const proxy = `http://localhost:${port}`;
    expect(await place.look({ proxy })).toMatchObject({ runtimes: 1 });
    change.uptime_seconds = 99;
    change.summary = { window: { requests: 8, fail: 8 } };
    place.moveClock(599_000);
    expect(await place.look({ proxy })).toMatchObject({ runtimes: 0 });
    change.routing = "random";
    expect(await place.look({ proxy })).toMatchObject({ runtimes: 1 });
    place.moveClock(601_000);
    expect(await place.look({ proxy })).toMatchObject({ runtimes: 1 });
  });

  it("that is gone from its port is down, also where it was started again at another one", async () => {
    const port = await proxyServer();
    await place.look({ proxy: `http://127.0.0.1:${port}` });
    await new Promise((done) => place.servers.splice(0)[0]?.close(done));
    place.env.PORT = String(await proxyServer());
    expect(await place.look()).toMatchObject({ runtimes: 2 });
    expect(new Map(runtimes().map((each) => [each.port, each.up]))).toEqual(
      new Map([
        [port, false],
        [Number(place.env.PORT), true],
      ]),
    );
    expect(await place.look()).toMatchObject({ runtimes: 0 });
  });

  it("that was never there is no record, unless it was asked for by name", async () => {
    expect(await place.look()).toMatchObject({ runtimes: 0 });
    expect(await place.look({ proxy: "http://127.0.0.1:1" })).toMatchObject({ runtimes: 1 });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port: 1, up: false }]);
  });

  it("that says nothing in time is neither up nor down", async () => {
    let isSilent = false;
    const port = await place.listen((request, response) => {
      if (!isSilent) response.end(JSON.stringify(request.url === "/health" ? { status: "ok", models: [] } : metrics));
    });
    place.env.PORT = String(port);
    await place.look();
    isSilent = true;
    place.env.BATON_PROXY_MS = "100";
    expect(await place.look()).toMatchObject({ runtimes: 1 });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port }]);
  });

  it("tells version and routing to who has its token, and nobody else gets that token (OBS-001)", async () => {
    const token = ["management", "word"].join("-");
    const port = await proxyServer({}, token);
    const proxy = `http://127.0.0.1:${port}`;
    await place.look({ proxy });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port, up: true }]);
    place.env.MANAGEMENT_TOKEN = token;
    await place.look({ proxy });
    expect(runtimes()).toMatchObject([{ version: "1.4.2" }]);
    const seen: string[] = [];
    const other = await place.listen((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      response.end(JSON.stringify({ status: 1 }));
    });
    await place.look({ proxy: `http://127.0.0.1:${other}` });
    expect(seen).toEqual(["/health undefined"]);
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port: other, up: false });
  });

  it("may say what it likes: what no field holds is left out, and nothing fails", async () => {
    for (const answer of ["null", "[]", "{", `"text"`, JSON.stringify({ status: "ok", models: [] })]) {
      const port = await place.listen((_, response) => response.end(answer));
      await place.look({ proxy: `http://127.0.0.1:${port}` });
    }
    const odd = { app_version: "a b\u001b", routing: 7, uptime_seconds: -1, window_ms: "x", summary: null };
    const port = await proxyServer(odd);
    await place.look({ proxy: `http://127.0.0.1:${port}` });
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port, up: true });
    const endless = await place.listen((_, response) => {
      const more = () => (response.write(Buffer.alloc(1 << 20)) ? setImmediate(more) : response.once("drain", more));
      more();
    });
    await place.look({ proxy: `http://127.0.0.1:${endless}` });
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port: endless, up: false });
  });

  it("is only ever asked on this machine", async () => {
    for (const proxy of ["http://192.0.2.1:3000", "https://127.0.0.1:3000", "127.0.0.1:3000", "http://example.org"])
      await expect(place.look({ proxy })).rejects.toMatchObject({ code: "BTN-A01" });
    expect(runtimes()).toEqual([]);
  });

  it("is not asked off-line, and nothing is said of it (OBS-008)", async () => {
    let asked = 0;
    place.env.PORT = String(await place.listen(() => asked++));
    expect(await place.look({ offline: true })).toMatchObject({ runtimes: 0 });
    expect(asked).toBe(0);
  });

  const { folder: checkout = "", reason } = upstreamCheckout();
  if (reason !== undefined) console.log(`[skip] the proxy that upstream ships: ${reason}`);
  it.skipIf(reason !== undefined)("that upstream ships is recorded like that, with a token and without", async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const token = "of-the-proxy";
    const proxyEnv = {
      PATH: process.env.PATH,
      PORT: `${port}`,
      MANAGEMENT_TOKEN: token,
      USAGE_DB_PATH: "off",
      PROBE_INTERVAL: "0",
    };
    const child = spawn(process.execPath, ["src/index.js"], { cwd: checkout, env: proxyEnv });
    place.children.push(child);
    await new Promise((done) => child.stdout.once("data", done));
    const proxy = `http://127.0.0.1:${port}`;
    await place.look({ proxy });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port, up: true }]);
    place.env.MANAGEMENT_TOKEN = token;
    await place.look({ proxy });
    const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
    expect(runtimes()).toEqual([
      {
        name: "opencode-proxy",
        port,
        up: true,
        version,
        routing: "round-robin",
        uptimeSeconds: expect.any(Number),
        windowSeconds: 300,
        requests: 0,
        failures: 0,
      },
    ]);
  });
});
