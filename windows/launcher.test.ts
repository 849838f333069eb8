/** The situations of docs/launcher.md on Windows: each row of its second table is a test, compared line for line. */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { upstreamCheckout } from "../conformance/upstream.js";
import {
  createUser,
  launcher,
  node,
  type Run,
  type Running,
  root,
  type Start,
  type User,
  until,
  windowsPath,
} from "./wine.js";

const proxy = windowsPath(join(root, "rust/launcher/tests/proxy"));
let user: User;
let port: number;
const started: Running[] = [];

beforeEach(async () => {
  user = createUser();
  port = await freePort();
});
afterEach(async () => {
  // Whatever a failed test left running ends by its own log.
  writeFileSync(user.path("log.die"), "");
  await Promise.all(started.splice(0).map((running) => running.end()));
  user.remove();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const free = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return free;
}

/** The environment of a user who has Node on PATH. */
const withNode = (): Record<string, string> => ({
  PATH: [windowsPath(user.path("programs")), windowsPath(dirname(node)), "C:\\windows\\system32"].join(";"),
  PORT: String(port),
  BATON_START_MS: "100000",
  TEST_LOG: windowsPath(user.path("log")),
  TEST_PROXY: "dies",
});

const launch = (args: readonly string[], env: Record<string, string> = {}): Start => ({
  program: launcher,
  args,
  env: { ...withNode(), ...env },
});

/** Starts the proxy of the tests as somebody else would, and waits until it listens. */
async function runningProxy(): Promise<void> {
  const program = { program: node, args: [`${proxy}\\src\\index.js`], env: withNode() };
  started.push(user.start(program));
  await until("the proxy listens", () => isListening());
}

function isListening(): boolean {
  // A line for each socket: its address and port in hexadecimal, and 0A where it listens.
  const sockets = readFileSync("/proc/net/tcp", "utf8");
  return sockets.includes(`:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`);
}

/** Asserts that a run printed what the row of docs/launcher.md has, but for the remedies, and ended like it. */
function isRow(run: Run, situation: string): void {
  const row = rows().find((row) => row.situation === situation);
  expect(row, `docs/launcher.md has no row ${situation}`).toBeDefined();
  const lines = run.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("help: "));
  expect(lines.map((line) => line.replaceAll(String(port), "3000"))).toEqual(row?.prints);
  expect(run.code).toBe(row?.code);
}

function rows(): { situation: string; prints: string[]; code: number }[] {
  const page = readFileSync(join(root, "docs/launcher.md"), "utf8");
  const table = page.split("## On Windows")[1]?.split("|---|---|---|\n")[1]?.split("\n\n")[0] ?? "";
  return table.split("\n").map((line) => {
    const [situation = "", prints = "", code = ""] = line.replace(/^\| | \|$/g, "").split(" | ");
    const said = prints.split("<br>").map((line) => line.replace(/^`|`$/g, ""));
    return { situation, prints: said.filter((line) => line !== "nothing"), code: Number(code) };
  });
}

test("every row of the table is a test", () => {
  const tests = readFileSync(join(root, "windows/launcher.test.ts"), "utf8");
  expect(rows().length).toBeGreaterThan(7);
  for (const { situation, code } of rows()) {
    expect(tests).toContain(`"${situation}"`);
    expect(code).toBeTypeOf("number");
  }
});

test("a proxy that runs is used and left alone", async () => {
  user.program("opencode", "exit /b 0");
  await runningProxy();
  const run = user.run(launch([]));
  isRow(run, "the proxy runs");
  expect(run.stdout).toContain("runtime: opencode-proxy 1.9.2 up");
  expect(isListening()).toBe(true);
});

test("a proxy that does not run is started, handed the agent's exit code, and ended", async () => {
  user.program("opencode", `echo agent in %BATON_HOME%\r\nexit /b 7`);
  const home = user.path("other");
  const run = user.run(launch(["--proxy", proxy, "--home", windowsPath(home)]));
  isRow(run, "the agent ends with 7");
  expect(run.stdout).toContain("runtime: opencode-proxy 1.9.2 up");
  expect(run.stdout).toContain(`agent in ${windowsPath(home)}`);
  await until("the proxy is gone", () => !isListening());
});

test("an exit code of 32 bits comes through", () => {
  user.program("codex", "exit /b -1073741510");
  const run = user.run(launch(["--agent", "codex"]));
  isRow(run, "the agent ends with 0xC000013A, as at Ctrl-C");
});

test("without an agent it waits with the proxy, and says when that ended", async () => {
  const running = user.start(launch(["--agent", "none", "--proxy", proxy]));
  started.push(running);
  await until("it waits", () => running.stderr().includes("runs until Ctrl-C"));
  writeFileSync(user.path("log.die"), "");
  isRow(await running.end(), "no agent wanted, the proxy dies");
});

test("two at once share a proxy, and who leaves last ends it", async () => {
  user.program("opencode", 'echo there>"%TEST_LOG%.%1"\r\n:wait\r\nif not exist "%TEST_LOG%.go%1" goto wait');
  const sit = async (name: string): Promise<Running> => {
    const running = user.start(launch(["--proxy", proxy, "--", name]));
    started.push(running);
    await until(`agent ${name}`, () => running.stderr().includes("proxy: 1.9.2"));
    return running;
  };
  const first = await sit("1");
  const second = await sit("2");
  writeFileSync(user.path("log.go1"), "");
  isRow(await first.end(), "two at once: who leaves first");
  expect(isListening()).toBe(true);
  writeFileSync(user.path("log.go2"), "");
  isRow(await second.end(), "two at once: who leaves last");
  await until("the proxy is gone", () => !isListening());
});

test("a proxy that ends while it starts is told", () => {
  user.program("opencode", "exit /b 0");
  isRow(user.run(launch(["--proxy", proxy], { TEST_PROXY: "ends" })), "the proxy ends while it starts");
});

test("what has the port already is told", async () => {
  user.program("opencode", "exit /b 0");
  const server = createServer((socket) => {
    // Who does not understand the answer may hang up on it.
    socket.on("error", () => {});
    socket.end("SSH-2.0-other\r\n");
  });
  port = await listen(server);
  isRow(await user.start(launch(["--proxy", proxy])).end(), "something that speaks no HTTP has the port");
  server.close();
});

test("without Node it says so", () => {
  user.program("opencode", "exit /b 0");
  const env = { PATH: [windowsPath(user.path("programs")), "C:\\windows\\system32"].join(";") };
  isRow(user.run(launch(["--proxy", proxy], env)), "Node is missing");
});

test("without an agent on PATH it says so", () => {
  isRow(user.run(launch([])), "no agent is installed");
});

test("without a proxy to start it says so", () => {
  user.program("opencode", "exit /b 0");
  isRow(user.run(launch([])), "no proxy is found");
});

test("somebody else's proxy is not waited with", async () => {
  await runningProxy();
  const run = user.run(launch(["--agent", "none"]));
  isRow(run, "no agent wanted, and somebody else's proxy runs");
});

const upstream = upstreamCheckout();
test.skipIf(upstream.reason !== undefined)("the real opencode-proxy is started by node.exe and ended", async () => {
  user.program("opencode", "exit /b 0");
  const checkout = windowsPath(upstream.folder ?? "");
  const run = user.run(launch(["--proxy", checkout], { USAGE_DB_PATH: "off" }));
  expect(run).toMatchObject({ code: 0 });
  expect(run.stderr).toMatch(/^proxy: [\d.]+ at port \d+, started\nproxy: ended\n$/);
  await until("the proxy is gone", () => !isListening());
});
