/** What one side writes on Windows, the others read: the TypeScript under node.exe, the programs in Rust, and Linux. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  cli,
  createUser,
  doctor,
  launcher,
  linuxDoctor,
  node,
  type Run,
  root,
  type User,
  windowsPath,
} from "./wine.js";

const workspace = "github.com/owner/repo";
let user: User;
beforeEach(() => {
  user = createUser();
});
afterEach(() => user.remove());

/** `baton` on Windows. */
const baton = (...args: string[]): Run => user.run({ program: node, args: [windowsPath(cli), ...args] });

/** A program on Linux, with the same state directory, and without git, as on Windows here. */
function onLinux(program: string, ...args: string[]): Run {
  const env = {
    PATH: user.path("programs"),
    HOME: user.path("profile"),
    BATON_HOME: user.home,
    BATON_NOW: user.now,
    TZ: "UTC",
  };
  const run = spawnSync(program, args, { cwd: user.path("work"), env, encoding: "utf8", maxBuffer: 1 << 28 });
  return { code: run.status ?? -1, stdout: run.stdout, stderr: run.stderr };
}

/** What all four readers answer; they must say the same. */
function answer(...args: string[]): string {
  const runs = {
    "doctor on Windows": user.run({ program: doctor, args }),
    "baton on Windows": baton(...args),
    "doctor on Linux": onLinux(linuxDoctor, ...args),
    "baton on Linux": onLinux(process.execPath, cli, ...args),
  };
  const [first, ...others] = Object.entries(runs);
  expect(first?.[1], first?.[0]).toMatchObject({ code: 0, stderr: "" });
  for (const [reader, run] of others) expect(run, reader).toEqual(first?.[1]);
  return first?.[1].stdout ?? "";
}

const questions = [
  ["status", "--json"],
  ["resume", "--workspace", workspace, "--json"],
  ["resume", "--workspace", workspace],
];

test("what `baton` records on Windows, every reader on both systems answers with the same bytes", () => {
  copyFileSync(join(root, "fixtures/usage/sample.jsonl"), user.path("usage.jsonl"));
  for (const args of [
    ["note", "--workspace", workspace, "look at the parser"],
    ["note", "--workspace", workspace, "--category", "decision", "keep the old name"],
    ["next", "add", "--workspace", workspace, "rebase the branch"],
    ["import", "usage", windowsPath(user.path("usage.jsonl"))],
  ])
    expect(baton(...args), args.join(" ")).toMatchObject({ code: 0 });
  expect(existsSync(join(user.home, "install.key")), "in the folder that %LOCALAPPDATA% names").toBe(true);
  const [status, brief, text] = questions.map((question) => answer(...question));
  for (const said of ["look at the parser", "keep the old name", "rebase the branch"])
    for (const answered of [status, brief, text]) expect(answered).toContain(said);
  expect(baton("verify")).toMatchObject({ code: 0 });
});

test("the library acknowledges, syncs and closes on Windows", () => {
  writeFileSync(
    user.path("work/host.mjs"),
    `import { pathToFileURL } from "node:url";
     const { openBaton } = await import(pathToFileURL(process.argv[2]).href);
     const baton = openBaton({ client: "proxy", workspace: ${JSON.stringify(workspace)}, durability: "durable" });
     for (let n = 0; n < 300; n++) baton.record("handoffNote", { text: "note " + n });
     baton.recordAll([{ kind: "modelHealth", init: { provider: "zen", model: "m", state: "limited" } }]);
     await baton.flush();
     baton.safe.record("nextAction", { text: "after the flush" });
     baton.record("handoffNote", { text: "München, 東京" });
     await baton.close();
     console.log("closed");`,
  );
  const args = ["host.mjs", windowsPath(join(root, "dist/index.js"))];
  expect(user.run({ program: node, args })).toEqual({ code: 0, stdout: "closed\n", stderr: "" });
  const status = answer("status", "--json");
  for (const said of ["note 299", "MODEL_STATE_LIMITED", "after the flush", "München, 東京"])
    expect(status).toContain(said);
});

test("what the launcher records on Windows, every reader on both systems answers with the same bytes", () => {
  // Nothing of a proxy is known yet, so that none runs is no news; one that runs is.
  const port = "3977";
  writeFileSync(user.path("programs/proxy.js"), stoppingProxy);
  const command = `'${windowsPath(node)}' '${windowsPath(user.path("programs/proxy.js"))}'`;
  user.program("opencode", "exit /b 0");
  const run = user.run({ program: launcher, args: ["--proxy", command, "--quiet"], env: { PORT: port } });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(answer("status", "--json")).toContain('"name":"opencode-proxy"');
});

/** Answers like the proxy until it is ended. */
const stoppingProxy = `
  require("node:http")
    .createServer((request, response) => {
      const answer = request.url === "/health" ? { status: "ok", models: ["one"] } : { app_version: "1.9.2" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer));
    })
    .listen(Number(process.env.PORT), "127.0.0.1");`;

test("a state directory of Linux is read on Windows as it is", () => {
  mkdirSync(user.home, { recursive: true });
  for (const text of ["one of Linux", "another one of Linux"])
    expect(onLinux(process.execPath, cli, "note", "--workspace", workspace, text).code).toBe(0);
  const before = readdirSync(join(user.home, "segments")).length;
  expect(before).toBeGreaterThan(0);
  for (const question of questions) expect(answer(...question)).toContain("another one of Linux");
  expect(baton("note", "--workspace", workspace, "one of Windows").code).toBe(0);
  for (const question of questions) expect(answer(...question)).toContain("one of Windows");
});
