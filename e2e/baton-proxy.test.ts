/**
 * The real opencode-proxy between the real clients and the mock model, with Baton's drop-in in the place of its usage
 * module, as `baton init --proxy` puts it there.
 *
 * OpenCode goes through it, as the proxy's own setup script configures it. Codex cannot, and a test here says so: Codex asks
 * POST /v1/responses alone and refuses `wire_api = "chat"`, and of the APIs of models the proxy serves POST
 * /v1/chat/completions and GET /v1/models alone. So Codex asks its model itself; what the proxy learned arrives in its brief
 * all the same, because all of them write into one state directory.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { baton, recorded } from "./baton.js";
import { describeBaton } from "./canaries.js";
import { pinned } from "./clients.js";
import { codexExec, writeCodexConfig } from "./codex.js";
import { buildDoctor, doctor } from "./doctor.js";
import type { Machine } from "./isolate.js";
import type { Received } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig } from "./opencode.js";
import {
  copyProxy,
  freePort,
  type ProxyFiles,
  type ProxyProcess,
  type SetupModels,
  setUpOpencode,
  startProxy,
  upstreamSummary,
} from "./proxy.js";
import { bypassTrust } from "./trust.js";
import { until } from "./wait.js";

const { folder: checkout = "", reason } = inject("proxyCheckout");

describe.skipIf(reason !== undefined)("opencode-proxy with Baton's module in it", () => {
  describeBaton("between the clients and the model", ["codex", "opencode"], (on) => {
    let machine: Machine;
    let files: ProxyFiles;
    let port: number;
    let models: SetupModels;
    let proxy: ProxyProcess;

    beforeAll(buildDoctor);

    beforeEach(async () => {
      machine = on.machine;
      Object.assign(machine.env, {
        BATON_PROXY_MS: "20000",
        OPENCODE_ZEN_API_KEY: "zen-key-canary",
        MANAGEMENT_TOKEN: "management-canary",
        MOCK_API_KEY: "codex-key-canary",
        OPENCODE_PROXY_API_KEY: "opencode-key-canary",
      });
      const scripts = { test: `node -e "console.log('output-canary'); process.exit(3)"` };
      writeFileSync(join(machine.project, "package.json"), `${JSON.stringify({ private: true, scripts })}\n`);
      files = copyProxy(machine, checkout);
      port = await freePort();
      writeOpencodeConfig(machine, on.mock.url, { settings: { enabled_providers: ["zenproxy"], provider: {} } });
      models = setUpOpencode(machine, files, port);
      writeCodexConfig(machine, on.mock.url);
      baton(machine, "init", "--opencode", "--codex", "--proxy", files.folder);
      await start();
    });
    afterEach(async () => {
      await proxy.end("SIGKILL");
      const kept = readdirSync(machine.batonHome, { recursive: true, encoding: "utf8" });
      expect(kept.some((name) => name.endsWith(".seg"))).toBe(on.mock.received.length > 0);
    });

    const start = async () => {
      proxy = await startProxy(machine, files, { port, upstream: on.mock.url });
    };
    const origin = () => `http://127.0.0.1:${port}`;
    const opencode = (more: Parameters<typeof opencodeRun>[2] = {}) =>
      opencodeRun(machine, "prompt-canary", { timeout: 120_000, ...more });
    const lineCount = () => (existsSync(files.usage) ? readFileSync(files.usage, "utf8").split("\n").length - 1 : 0);
    const events = () => recorded(machine, "usageEvent");
    /** Tokens of the prompts, as recorded, fewest first. */
    const promptTokens = () =>
      events()
        .map(({ promptTokens }) => Number(promptTokens))
        .sort((a, b) => a - b);
    const imported = () => JSON.parse(baton(machine, "import", "usage", "--json")) as Record<string, unknown>;

    /** A request of any other client; gives the status it is answered with, undefined where it is not answered. */
    async function ask(): Promise<number | undefined> {
      const messages = [{ role: "user", content: "asked-canary" }];
      try {
        const body = JSON.stringify({ model: models.model, messages });
        const response = await fetch(`${origin()}/v1/chat/completions`, { method: "POST", body });
        await response.text();
        return response.status;
      } catch {
        return undefined;
      }
    }

    /** What checks of the doctor say. */
    function check(ids: string): string[] {
      const args = ["check", "--json", "--only", ids];
      const { checks } = JSON.parse(doctor(machine, args, { BATON_CHECK_MS: "20000" })) as {
        checks: { message: string }[];
      };
      return checks.map(({ message }) => message);
    }

    /** What `opencode-proxy-doctor usage --json` makes of the records. */
    const usage = (now: number): Record<string, unknown> =>
      JSON.parse(doctor(machine, ["usage", "--json"], { BATON_NOW: `${now}` }));

    /** Expects both summaries to be the same but for how they spell the path, and gives ours. */
    function sameSummary(): Record<string, unknown> {
      const now = Date.now();
      const ours = usage(now);
      expect(JSON.stringify({ ...ours, path: files.usage })).toBe(
        JSON.stringify(upstreamSummary(machine, checkout, now)),
      );
      return ours;
    }

    test("OpenCode's requests arrive through it, and their tokens are in `usage --json` as the model told them", async () => {
      on.mock.script([
        { shell: "npm test", inputTokens: 1234 },
        { text: "answer-canary", inputTokens: 2345 },
      ]);
      expect((await opencode()).exit).toBe(0);
      expect(on.mock.received.map(({ purpose }) => purpose).sort()).toEqual(["title", "turn", "turn"]);
      // The key is that of the proxy; OpenCode's own is another one.
      for (const { api, headers } of on.mock.received)
        expect([api, headers.authorization]).toEqual(["chat", "Bearer zen..."]);
      for (const text of ["prompt-canary", "output-canary"]) expect(on.mock.turns()[1]?.text).toContain(text);

      expect(promptTokens()).toEqual([1000, 1234, 2345]);
      for (const event of events()) expect(event).toMatchObject({ status: 200, completionTokens: "20" });
      const summary = sameSummary();
      const reported = { usage_reported: 3, usage_estimated: 0 };
      expect(summary.totals).toMatchObject({ requests: 3, prompt_tokens: 4579, completion_tokens: 60, ...reported });
      expect(summary.by_model_today).toMatchObject([
        { model: models.model, requests: 2, ok: 2, prompt_tokens: 1234 + 2345, completion_tokens: 40 },
        { model: models.smallModel, requests: 1, ok: 1, prompt_tokens: 1000, completion_tokens: 20 },
      ]);
      expect(imported()).toMatchObject({ lines: 3, added: 0, known: 3, refused: [] });
      expect(recorded(machine, "validation")).toMatchObject([{ command: "npm test", exitCode: 3 }]);
    });

    test("a 429 with Retry-After is in the next brief of OpenCode and of Codex, beside what the proxy says of itself", async () => {
      on.mock.script([{ status: 429, headers: { "retry-after": "7200" }, error: { message: "limit-canary" } }]);
      const limits = () => recorded(machine, "modelHealth").filter(({ provider }) => provider === "opencode-zen");
      const isTurnedAway = () => limits().some(({ state }) => state === "MODEL_STATE_LIMITED") && events().length === 2;
      const killed = await opencode({ interrupt: { signal: "SIGKILL", when: isTurnedAway } });
      expect([killed.exit, killed.timedOut]).toEqual([undefined, false]);
      expect(on.mock.received.map(({ status }) => status).sort()).toEqual([200, 429]);
      const resetsAt = Number(limits().at(-1)?.limitResetsAt);
      expect(resetsAt - Date.now()).toBeGreaterThan(7_000_000);
      expect(resetsAt - Date.now()).toBeLessThanOrEqual(7_200_000);
      expect(sameSummary().totals).toMatchObject({ requests: 2, fail: 1, rate_limited: 1 });

      expect(baton(machine, "observe", "--proxy", origin(), "--json")).toBe("");
      const { version } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
      const runtime = { name: "opencode-proxy", port, up: true, version, routing: "round-robin" };
      expect(recorded(machine, "runtimeSummary")).toMatchObject([{ ...runtime, requests: "2", failures: "1" }]);

      const [answers, address, recording, brought] = check("BTN-D70,BTN-D71,BTN-D75,BTN-D81");
      expect(answers).toBe(`the proxy ${version} answers at port ${port}, routing round-robin`);
      expect(address).toBe(`OpenCode asks the proxy at port ${port}`);
      expect(recording).toBe("the proxy records its requests");
      // As this test shows, which installs no package for OpenCode.
      expect(brought).toBe(`OpenCode ${pinned.opencode.version} brings @ai-sdk/openai-compatible along`);

      const limit = `model: opencode-zen/${models.model} limited until ${new Date(resetsAt).toISOString().slice(11, 16)}Z`;
      const told = `runtime: opencode-proxy ${version} up for \\d+m on port ${port}, routing round-robin, 1 of 2 requests failed in 5m`;
      const inBrief = [expect.stringContaining(limit), expect.stringMatching(told)];
      on.mock.script([{ text: "done" }]);
      expect((await opencode()).exit).toBe(0);
      const [inOpencode] = on.mock.turns();
      expect([inOpencode?.api, inOpencode?.headers.authorization]).toEqual(["chat", "Bearer zen..."]);
      expect(machineLines(inOpencode)).toEqual(expect.arrayContaining(inBrief));

      on.mock.script([{ text: "done" }]);
      expect((await codexExec(machine, "prompt-canary", { args: [bypassTrust] })).exit).toBe(0);
      const [inCodex] = on.mock.turns();
      expect([inCodex?.api, inCodex?.headers.authorization]).toEqual(["responses", "Bearer cod..."]);
      expect(machineLines(inCodex)).toEqual(expect.arrayContaining(inBrief));
      expect(imported()).toMatchObject({ lines: lineCount(), added: 0, refused: [] });
    });

    test("killed with -9 in the middle of a session it loses no record, and the session goes on behind the next one", async () => {
      let restarted = Promise.resolve();
      on.mock.script([
        { shell: "npm test", inputTokens: 1234 },
        () => {
          restarted = proxy.end("SIGKILL").then(start);
          return { text: "nobody hears it", inputTokens: 2345 };
        },
        { text: "done", inputTokens: 3456 },
      ]);
      expect((await opencode()).exit).toBe(0);
      await restarted;
      expect(on.mock.turns()).toHaveLength(3);
      // A request that is not answered yet is no event, with upstream's module as with ours.
      expect(promptTokens()).toEqual([1000, 1234, 3456]);
      sameSummary();
      expect(imported()).toMatchObject({ lines: 3, added: 0, known: 3, refused: [] });
      expect(() => baton(machine, "verify")).not.toThrow();
    });

    test("killed with -9 under load it loses no record that was made, and leaves no line for an import to add", async () => {
      on.mock.script();
      for (let round = 0; round < 3; round++) {
        const had = lineCount();
        let isUp = true;
        const lane = async () => {
          while (isUp) isUp = (await ask()) === 200 && isUp;
        };
        const lanes = Array.from({ length: 8 }, lane);
        await until(() => lineCount() > had + 20);
        const before = events();
        // The model is this process, which stood still for that: the proxy is writing again once another line is there.
        const seen = lineCount();
        await until(() => lineCount() > seen + 7 * round);
        await proxy.end("SIGKILL");
        await Promise.all(lanes);
        const after = events();
        expect(before.length).toBeGreaterThan(had);
        expect(after.slice(0, before.length)).toEqual(before);
        expect(imported()).toMatchObject({ lines: lineCount(), added: 0, known: lineCount(), refused: [] });
        expect(usage(Date.now()).totals).toMatchObject({ requests: after.length });
        await start();
      }
      expect(() => baton(machine, "verify")).not.toThrow();
    });

    test("after `init --remove` its own module goes on with the file, and an import adds what that wrote, once", async () => {
      on.mock.script();
      expect(await ask()).toBe(200);
      await proxy.end("SIGTERM");
      baton(machine, "init", "--remove", "--proxy", files.folder);
      expect(readFileSync(files.module)).toEqual(readFileSync(join(checkout, "src/usage_store.js")));
      await start();
      expect(await ask()).toBe(200);
      await proxy.end("SIGTERM");
      expect([lineCount(), events().length]).toEqual([2, 1]);
      expect(imported()).toMatchObject({ lines: 2, added: 1, known: 1 });
      baton(machine, "init", "--proxy", files.folder);
      await start();
      expect(await ask()).toBe(200);
      await proxy.end("SIGTERM");
      expect(imported()).toMatchObject({ lines: 3, added: 0, known: 3 });
      expect(sameSummary().totals).toMatchObject({ requests: 3, ok: 3 });
    });

    test("Codex cannot go through it: the proxy does not know the only API that Codex speaks", async () => {
      on.mock.script();
      writeCodexConfig(machine, `${origin()}/v1`);
      const { exit, stdout } = await codexExec(machine, "prompt-canary");
      expect(exit).toBe(1);
      expect(stdout).toContain(
        `unexpected status 404 Not Found: {\\"error\\":\\"Not found\\"}, url: ${origin()}/v1/responses`,
      );
      expect([on.mock.received, lineCount(), events()]).toEqual([[], 0, []]);
      const config = join(machine.codexHome, "config.toml");
      writeFileSync(config, readFileSync(config, "utf8").replace('wire_api = "responses"', 'wire_api = "chat"'));
      expect((await codexExec(machine, "prompt-canary")).stderr).toContain(
        '`wire_api = "chat"` is no longer supported',
      );
    });
  });
});

/** The lines of the brief about models and runtimes, in the JSON that the model received. */
function machineLines(request: Received | undefined): string[] {
  return request?.text.match(/\\n(model|runtime): [^\\"]*/g) ?? [];
}
