import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { upstreamCheckout } from "../../../conformance/upstream.js";
import { openClient } from "../../src/client/client.js";
import { type Look, lookAround } from "../../src/client/look.js";
import { clearPointer, pointersOf, setPointer } from "../../src/client/pointers.js";
import { shownRecords } from "../../src/client/state.js";

let root = "";
let env: Record<string, string>;
const servers: Server[] = [];
const children: ChildProcess[] = [];
const start = 1_795_454_000_000;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-observe-"));
  for (const folder of ["repository", "bin", "config/opencode"]) mkdirSync(join(root, folder), { recursive: true });
  env = {
    PATH: `${join(root, "bin")}:${process.env.PATH}`,
    HOME: root,
    XDG_CONFIG_HOME: join(root, "config"),
    BATON_HOME: join(root, "state"),
    BATON_NOW: String(start),
    BATON_GIT_MS: "20000",
    BATON_PROXY_MS: "20000",
    BATON_GH_MS: "20000",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    // Nothing listens where a test names no proxy.
    PORT: "1",
  };
  git("init", "-q", "-b", "main");
  git("remote", "add", "origin", "https://user:word@github.com/Acme/Widgets.git");
  git("commit", "-q", "--allow-empty", "-m", "1");
  process.env.BATON_NOW = env.BATON_NOW;
});
afterEach(() => {
  delete process.env.BATON_NOW;
  for (const server of servers.splice(0)) server.close();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const dir = () => join(root, "repository");

function git(...args: string[]): void {
  const named = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", ...args];
  const ended = spawnSync("git", named, { cwd: dir(), env: { ...process.env, ...env }, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(ended.stderr);
}

const client = () => openClient({ name: "cli", dir: dir(), env, writes: true });
const look = (more: Partial<Look> = {}) => lookAround(client(), { env, dir: dir(), offline: false, ...more });

function moveClock(ms: number): void {
  env.BATON_NOW = String(Number(env.BATON_NOW) + ms);
  process.env.BATON_NOW = env.BATON_NOW;
}

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

const metrics = {
  app_version: "1.4.2",
  routing: "round-robin",
  uptime_seconds: 61,
  window_ms: 300_000,
  summary: { window: { requests: 7, fail: 2 } },
};

/** A server that answers as the proxy does; `change` may change what its metrics say. */
function proxyServer(change: object = {}, token?: string): Promise<number> {
  return listen((request, response) => {
    const path = (request.url ?? "").split("?")[0];
    const isAllowed = token === undefined || request.headers.authorization === `Bearer ${token}`;
    response.statusCode = path === "/health" || isAllowed ? 200 : 401;
    if (path === "/health") response.end(JSON.stringify({ status: "ok", models: ["m"] }));
    else response.end(JSON.stringify(isAllowed ? { ...metrics, ...change } : { error: "Unauthorized" }));
  });
}

const runtimes = () =>
  shownRecords(client().state(), "runtime_summary").map(
    ({ runtimeSummary }) => runtimeSummary as Record<string, unknown>,
  );
const facts = () =>
  Object.fromEntries(
    shownRecords(client().state(), "config_fact").map(({ configFact }) => {
      const { subject, name, value } = configFact as Record<string, unknown>;
      return [`${subject} ${name}`, value];
    }),
  );
const pointers = () =>
  pointersOf(client().state(), "github.com/acme/widgets")
    .filter(({ type }) => type === "pr" || type === "issue")
    .map(({ type, number, active, ref, repository }) =>
      [type, number, active ? "in hand" : "aside", ref ?? "by hand", repository ?? ""].join(" ").trim(),
    );

describe("the proxy", () => {
  it("is recorded with version, routing, uptime and the counts of its window (OBS-002)", async () => {
    const port = await proxyServer();
    expect(await look({ proxy: `http://127.0.0.1:${port}/v1` })).toMatchObject({ runtimes: 1 });
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
    env.PORT = String(await proxyServer());
    env.HOST = "0.0.0.0";
    expect(await look()).toMatchObject({ runtimes: 1 });
    env.HOST = "192.0.2.1";
    moveClock(3_600_000);
    expect(await look()).toMatchObject({ runtimes: 1 });
  });

  it("is recorded again when version or routing change, or after ten minutes, not for its counts (OBS-003)", async () => {
    const change: Record<string, unknown> = {};
    const port = await listen((request, response) =>
      response.end(
        JSON.stringify(request.url === "/health" ? { status: "ok", models: [] } : { ...metrics, ...change }),
      ),
    );
    const proxy = `http://localhost:${port}`;
    expect(await look({ proxy })).toMatchObject({ runtimes: 1 });
    change.uptime_seconds = 99;
    change.summary = { window: { requests: 8, fail: 8 } };
    moveClock(599_000);
    expect(await look({ proxy })).toMatchObject({ runtimes: 0 });
    change.routing = "random";
    expect(await look({ proxy })).toMatchObject({ runtimes: 1 });
    moveClock(601_000);
    expect(await look({ proxy })).toMatchObject({ runtimes: 1 });
  });

  it("that is gone from its port is down, also where it was started again at another one", async () => {
    const port = await proxyServer();
    await look({ proxy: `http://127.0.0.1:${port}` });
    await new Promise((done) => servers.splice(0)[0]?.close(done));
    env.PORT = String(await proxyServer());
    expect(await look()).toMatchObject({ runtimes: 2 });
    expect(new Map(runtimes().map((each) => [each.port, each.up]))).toEqual(
      new Map([
        [port, false],
        [Number(env.PORT), true],
      ]),
    );
    expect(await look()).toMatchObject({ runtimes: 0 });
  });

  it("that was never there is no record, unless it was asked for by name", async () => {
    expect(await look()).toMatchObject({ runtimes: 0 });
    expect(await look({ proxy: "http://127.0.0.1:1" })).toMatchObject({ runtimes: 1 });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port: 1, up: false }]);
  });

  it("that says nothing in time is neither up nor down", async () => {
    let isSilent = false;
    const port = await listen((request, response) => {
      if (!isSilent) response.end(JSON.stringify(request.url === "/health" ? { status: "ok", models: [] } : metrics));
    });
    env.PORT = String(port);
    await look();
    isSilent = true;
    env.BATON_PROXY_MS = "100";
    expect(await look()).toMatchObject({ runtimes: 1 });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port }]);
  });

  it("tells version and routing to who has its token, and nobody else gets that token (OBS-001)", async () => {
    const token = ["management", "word"].join("-");
    const port = await proxyServer({}, token);
    const proxy = `http://127.0.0.1:${port}`;
    await look({ proxy });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port, up: true }]);
    env.MANAGEMENT_TOKEN = token;
    await look({ proxy });
    expect(runtimes()).toMatchObject([{ version: "1.4.2" }]);
    const seen: string[] = [];
    const other = await listen((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization}`);
      response.end(JSON.stringify({ status: 1 }));
    });
    await look({ proxy: `http://127.0.0.1:${other}` });
    expect(seen).toEqual(["/health undefined"]);
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port: other, up: false });
  });

  it("may say what it likes: what no field holds is left out, and nothing fails", async () => {
    for (const answer of ["null", "[]", "{", `"text"`, JSON.stringify({ status: "ok", models: [] })]) {
      const port = await listen((_, response) => response.end(answer));
      await look({ proxy: `http://127.0.0.1:${port}` });
    }
    const odd = { app_version: "a b\u001b", routing: 7, uptime_seconds: -1, window_ms: "x", summary: null };
    const port = await proxyServer(odd);
    await look({ proxy: `http://127.0.0.1:${port}` });
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port, up: true });
    const endless = await listen((_, response) => {
      const more = () => (response.write(Buffer.alloc(1 << 20)) ? setImmediate(more) : response.once("drain", more));
      more();
    });
    await look({ proxy: `http://127.0.0.1:${endless}` });
    expect(runtimes()).toContainEqual({ name: "opencode-proxy", port: endless, up: false });
  });

  it("is only ever asked on this machine", async () => {
    for (const proxy of ["http://192.0.2.1:3000", "https://127.0.0.1:3000", "127.0.0.1:3000", "http://example.org"])
      await expect(look({ proxy })).rejects.toMatchObject({ code: "BTN-A01" });
    expect(runtimes()).toEqual([]);
  });

  it("is not asked off-line, and nothing is said of it (OBS-008)", async () => {
    let asked = 0;
    env.PORT = String(await listen(() => asked++));
    expect(await look({ offline: true })).toMatchObject({ runtimes: 0 });
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
    children.push(child);
    await new Promise((done) => child.stdout.once("data", done));
    const proxy = `http://127.0.0.1:${port}`;
    await look({ proxy });
    expect(runtimes()).toEqual([{ name: "opencode-proxy", port, up: true }]);
    env.MANAGEMENT_TOKEN = token;
    await look({ proxy });
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

/** Puts a program called `gh` on PATH that notes how it was called, and then does what the script says. */
function putGh(script: string): void {
  const file = join(root, "bin/gh");
  writeFileSync(file, `#!/bin/sh\necho "$*" >> "${join(root, "calls")}"\n${script}\n`);
  chmodSync(file, 0o755);
}

const answering = (value: object) => `cat <<'JSON'\n${JSON.stringify(value)}\nJSON`;
const none = `echo 'no pull requests found for branch "main"' >&2; exit 1`;
const calls = () => readFileSync(join(root, "calls"), "utf8").trim().split("\n");

/** Lets the last question to gh be as old as it has to be to be asked again. */
function forgetQuestion(): void {
  const past = new Date(Date.now() - 301_000);
  for (const file of readdirSync(join(root, "state/asked"))) utimesSync(join(root, "state/asked", file), past, past);
}

const open = (number: number, more: object = {}) => ({
  number,
  state: "OPEN",
  url: `https://github.com/Acme/Widgets/pull/${number}`,
  closingIssuesReferences: [],
  ...more,
});

describe("the pull request of the branch", () => {
  it("is put in hand, with the one issue that it closes; titles are never asked for (OBS-005)", async () => {
    putGh(answering(open(7, { closingIssuesReferences: [{ number: 3, title: "secret plan" }] })));
    await look();
    expect(pointers()).toEqual(["pr 7 in hand main", "issue 3 in hand main"]);
    expect(calls()).toEqual(["pr view --json number,state,url,closingIssuesReferences"]);
  });

  it("is asked for without issues where gh is too old to tell them", async () => {
    putGh(`case "$*" in *closing*) echo 'Unknown JSON field: "closingIssuesReferences"' >&2; exit 1;; esac
      ${answering({ number: 7, state: "OPEN", url: "https://github.com/Other/Widgets/pull/7" })}`);
    await look();
    expect(pointers()).toEqual(["pr 7 in hand main github.com/other/widgets"]);
    expect(calls()).toHaveLength(2);
  });

  it("is not asked for again within five minutes, unless branch or commit are others (OBS-004)", async () => {
    putGh(none);
    await look();
    await look();
    expect(calls()).toHaveLength(1);
    git("commit", "-q", "--allow-empty", "-m", "2");
    await look();
    git("switch", "-q", "-c", "topic");
    await look();
    await look();
    expect(calls()).toHaveLength(3);
    forgetQuestion();
    await look();
    expect(calls()).toHaveLength(4);
    const [mark, ...others] = readdirSync(join(root, "state/asked"));
    expect(others).toEqual([]);
    expect(`${mark} ${readFileSync(join(root, "state/asked", mark ?? ""))}`).toMatch(/^[0-9a-f]{32} [0-9a-f]{32}$/);
  });

  it("goes aside with its branch, when it is closed, and comes back", async () => {
    putGh(answering(open(7)));
    await look();
    git("switch", "-q", "-c", "topic");
    putGh(none);
    await look();
    expect(pointers()).toEqual(["pr 7 aside main"]);
    git("switch", "-q", "main");
    putGh(answering(open(7)));
    await look();
    expect(pointers()).toEqual(["pr 7 in hand main"]);
    forgetQuestion();
    putGh(answering(open(7, { state: "MERGED" })));
    await look();
    expect(pointers()).toEqual(["pr 7 aside main"]);
  });

  it("never takes the place of one that was set by hand, and does not bring back what was cleared by hand (OBS-006)", async () => {
    await setPointer(client(), "pr", "9");
    putGh(answering(open(7)));
    await look();
    expect(pointers()).toEqual(["pr 9 in hand by hand"]);
    await clearPointer(client(), "pr");
    forgetQuestion();
    await look();
    expect(pointers()).toEqual(["pr 7 in hand main", "pr 9 aside by hand"]);
    await clearPointer(client(), "pr");
    forgetQuestion();
    await look();
    expect(pointers()).toEqual(["pr 7 aside by hand", "pr 9 aside by hand"]);
    await setPointer(client(), "pr", "7");
    forgetQuestion();
    putGh(none);
    await look();
    expect(pointers()).toEqual(["pr 7 in hand by hand", "pr 9 aside by hand"]);
  });

  it("is unknown where gh is late, fails, or says what nobody expects; nothing else is held up", async () => {
    env.BATON_GH_MS = "300";
    const before = performance.now();
    putGh("sleep 20");
    await look();
    expect(performance.now() - before).toBeLessThan(20_000);
    env.BATON_GH_MS = "20000";
    for (const script of ["exit 1", "echo no", "echo '[]'", "echo null", answering({ number: "7" }), "kill -9 $$"]) {
      forgetQuestion();
      putGh(script);
      await look();
    }
    expect(pointers()).toEqual([]);
  });

  it("is not asked for off-line, on a detached HEAD, outside a repository, or of a gh that lies in it", async () => {
    env.GH_CONFIG_DIR = join(root, "nobody");
    putGh(answering(open(7)));
    renameSync(join(root, "bin/gh"), join(dir(), "gh"));
    env.PATH = `.:${env.PATH}`;
    await look();
    renameSync(join(dir(), "gh"), join(root, "bin/gh"));
    await look({ offline: true });
    git("switch", "-q", "--detach");
    await look();
    rmSync(join(dir(), ".git"), { recursive: true });
    await look();
    expect(() => calls()).toThrow();
  });

  const hasGh = spawnSync("gh", ["--version"]).status === 0;
  it.skipIf(!hasGh)("is left out where the real gh is not logged in", async () => {
    env.GH_CONFIG_DIR = join(root, "nobody");
    expect(await look()).toMatchObject({ pointers: 3 });
    expect(pointers()).toEqual([]);
  });

  it("is left out where there is no gh", async () => {
    env.PATH = join(root, "bin");
    const program = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(root, "bin/git"), `#!/bin/sh\nexec ${program} "$@"\n`);
    chmodSync(join(root, "bin/git"), 0o755);
    expect(await look()).toMatchObject({ pointers: 3 });
  });
});

describe("the configuration of OpenCode", () => {
  const config = (text: string, file = "opencode.jsonc") => writeFileSync(join(root, "config/opencode", file), text);

  it("tells provider, base host, model and small model, and nothing else of it is stored (OBS-007)", async () => {
    config(`{
      // with comments
      "model": "zen/big-pickle", "small_model": "zen/mimo",
      "provider": { "zen": { "options": { "baseURL": "http://user:word@127.0.0.1:3000/v1?key=1", "apiKey": "k-123" } }, },
    }`);
    await look();
    expect(facts()).toMatchObject({
      "4 2": "zen",
      "4 3": "127.0.0.1:3000",
      "4 4": "zen/big-pickle",
      "4 5": "zen/mimo",
    });
    expect(await look()).toMatchObject({ facts: 0 });
    const stored = readdirSync(join(root, "state/segments")).map((file) =>
      readFileSync(join(root, "state/segments", file)),
    );
    for (const secret of ["k-123", "user", "word", "key=1"]) expect(Buffer.concat(stored).includes(secret)).toBe(false);
  });

  it("hides the host of another machine behind an alias", async () => {
    config(`{ "provider": { "corp": { "options": { "baseURL": "https://llm.corp.example/v1" } } } }`);
    await look();
    expect(facts()["4 2"]).toBe("corp");
    expect(facts()["4 3"]).toMatch(/^h-[0-9a-f]{16}$/);
  });

  it("is read from all files that OpenCode reads, the last one holding, and left out where it is broken", async () => {
    config(`{ "model": "zen/one", "small_model": "zen/small" }`, "config.json");
    config(`{ "model": "zen/two" }`, "opencode.json");
    config(`{ "model": `);
    await look();
    expect(facts()).toMatchObject({ "4 4": "zen/two", "4 5": "zen/small" });
    config(`{ "model": "not a model\\u001b", "small_model": ["x"] }`, "opencode.json");
    moveClock(1000);
    await look();
    expect(facts()).toMatchObject({ "4 4": "zen/two", "4 5": "zen/small" });
  });

  it("is read off-line too, and is absent where there is none", async () => {
    await look({ offline: true });
    expect(Object.keys(facts())).toEqual(["1 1"]);
    config(`{ "model": "zen/one" }`);
    await look({ offline: true });
    expect(facts()).toMatchObject({ "4 4": "zen/one" });
  });
});

it("userinfo, hosts and paths of a real repository are in no record of an observation", async () => {
  git("remote", "set-url", "origin", "https://user:word@git.corp.example:8443/Team/App.git?token=1");
  git("remote", "add", "upstream", "ssh://deploy@git.corp.example/Up/App.git");
  await look();
  const stored = readdirSync(join(root, "state/segments")).map((file) =>
    readFileSync(join(root, "state/segments", file)),
  );
  for (const secret of ["user", "word", "corp", "deploy", "token", "Team", "team", root, resolve(dir())])
    expect(Buffer.concat(stored).includes(secret), secret).toBe(false);
});
