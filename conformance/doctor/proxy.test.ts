/** What Baton's doctor sees of a real proxy, whose models answer well and badly; and upstream's proxy-status beside it. */
import { cpSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { upstreamCheckout } from "../upstream.js";
import { httpServer, makePlace, type Place } from "./place.js";

const { folder: checkout = "", reason } = upstreamCheckout();
if (reason !== undefined) console.log(`[skip] what the doctor sees of a real proxy: ${reason}`);

/** How the models answer: a status, and headers. */
const answers: Readonly<Record<string, readonly [number, Record<string, string>]>> = {
  fine: [200, {}],
  limited: [429, { "retry-after": "600" }],
  turned: [429, { "retry-after": "0" }],
  broken: [500, {}],
};

describe.skipIf(reason !== undefined)("a real proxy", () => {
  let place: Place;
  beforeEach(() => {
    place = makePlace(checkout);
  });
  afterEach(() => place.remove());

  /** Starts a proxy with all of the models, and points everything at it. */
  async function start(source: string, env: NodeJS.ProcessEnv = {}, host = "127.0.0.1"): Promise<void> {
    const models = httpServer(async (request, response) => {
      let text = "";
      for await (const part of request) text += part;
      const [status, headers] = answers[(JSON.parse(text) as { model: string }).model]!;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify({ usage: { total_tokens: 1 } }));
    });
    const upstream = `http://127.0.0.1:${await place.serve(models)}/v1`;
    const own = { MODELS: [...Object.keys(answers), "unused"].join(), UPSTREAM_URL: upstream, HOST: host, ...env };
    const port = await place.startProxy(source, own);
    place.env.PORT = `${port}`;
    place.env.OPENCODE_PROXY_BASE_URL = `http://127.0.0.1:${port}/v1`;
  }

  async function ask(model: string): Promise<void> {
    const url = `${place.env.OPENCODE_PROXY_BASE_URL}/chat/completions`;
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ model, messages: [] }) });
    expect(response.status).toBe(answers[model]![0]);
  }

  /** Status, message and exit code of one check. */
  async function check(
    id: string,
    ...args: string[]
  ): Promise<{ status: string; message: string; code: number | null }> {
    const { stdout, code } = await place.doctor("check", "--json", "--only", id, ...args);
    const { checks } = JSON.parse(stdout) as { checks: { status: string; message: string }[] };
    return { ...checks[0]!, code };
  }

  test("ends check --fail-on with the exit code of proxy-status, and counts the same models in the same states", async () => {
    await start(checkout);
    for (const model of [undefined, "fine", "turned", "limited", "broken"]) {
      if (model) await ask(model);
      const { stdout } = await place.upstream("proxy-status.mjs", "--json");
      const { model_states } = JSON.parse(stdout) as { model_states: Record<string, number> };
      const { message } = await check("BTN-D40");
      const counts = Object.fromEntries(
        [...message.matchAll(/(\d+) (available|limited|retry|error|untested)\b/g)].map(([, count, state]) => [
          state,
          Number(count),
        ]),
      );
      expect({ available: 0, limited: 0, retry: 0, error: 0, untested: 0, ...counts }).toEqual(model_states);
      for (const failOn of ["limited", "error", "never"]) {
        const theirs = await place.upstream("proxy-status.mjs", "--fail-on", failOn);
        const ours = await check("BTN-D40", "--fail-on", failOn);
        expect([model, failOn, ours.code]).toEqual([model, failOn, theirs.code]);
      }
    }
    expect((await check("BTN-D40")).message).toMatch(
      /^5 models: .*; limited limited until .*Z \((9|10)m left\), turned to be tried again, broken in error$/,
    );
  });

  test("is asked for its metrics with the right token alone", async () => {
    const MANAGEMENT_TOKEN = "of-the-proxy";
    await start(checkout, { MANAGEMENT_TOKEN });
    expect(await check("BTN-D74")).toMatchObject({ status: "warn", message: expect.stringContaining("none here") });
    place.env.MANAGEMENT_TOKEN = "of-another";
    expect(await check("BTN-D74")).toMatchObject({ status: "fail" });
    place.env.MANAGEMENT_TOKEN = MANAGEMENT_TOKEN;
    expect(await check("BTN-D74")).toMatchObject({ status: "ok" });
  });

  // Of the addresses of loopback the proxy calls 127.0.0.2 exposed; not every system has it.
  test.skipIf(process.platform === "darwin")(
    "shows nobody its metrics where it is exposed without a token",
    async () => {
      await start(checkout, {}, "127.0.0.2");
      place.env.HOST = "127.0.0.2";
      expect(await check("BTN-D74")).toMatchObject({ status: "warn", message: expect.stringContaining("HOST lets") });
    },
  );

  test("is compared with the models that OpenCode is set up with", async () => {
    await start(checkout, { MODELS: "" });
    await place.setUp();
    expect(await check("BTN-D73")).toMatchObject({ status: "ok" });
    await start(checkout, { MODELS: "big-pickle" });
    expect(await check("BTN-D73")).toMatchObject({ status: "warn" });
    expect(await check("BTN-D72")).toMatchObject({ status: "ok", message: "the proxy offers 1 model" });
  });

  test("that keeps to its own usage log is seen not to record, until the log is imported", async () => {
    await start(checkout, { USAGE_DB_PATH: "" });
    expect(await check("BTN-D75")).toMatchObject({ status: "ok", message: expect.stringContaining("no request") });
    await ask("fine");
    expect(await check("BTN-D75")).toMatchObject({ status: "warn" });
    const { code } = await place.run(resolve("dist/cli.js"), "import", "usage");
    expect(code).toBe(0);
    expect(await check("BTN-D75")).toMatchObject({ status: "ok", message: expect.stringContaining("imported") });
  });

  test("with the drop-in is seen to record", async () => {
    const copy = join(place.root, "proxy");
    cpSync(checkout, copy, { recursive: true, filter: (path) => !/[\\/]\.git$/.test(path) });
    const line = `export * from ${JSON.stringify(pathToFileURL(resolve("dist/proxy.js")).href)};\n`;
    writeFileSync(join(copy, "src", "usage_store.js"), line);
    await start(copy, { USAGE_DB_PATH: "" });
    await ask("fine");
    const recorded = { status: "ok", message: "the proxy records its requests" };
    await vi.waitFor(async () => expect(await check("BTN-D75")).toMatchObject(recorded), {
      timeout: 20_000,
      interval: 200,
    });
  });

  test("that cannot write its usage log is seen to lose requests", async () => {
    await start(checkout, { USAGE_DB_PATH: join(process.execPath, "usage.jsonl") });
    await ask("fine");
    await vi.waitFor(async () => expect(await check("BTN-D75")).toMatchObject({ status: "fail" }), { timeout: 20_000 });
  });
});
