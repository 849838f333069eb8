import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

let root = "";
let passer = "";
let ended = "";

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "baton-run-test-"));
  passer = join(root, "passer.mjs");
  await build({
    entryPoints: ["ts/test/run/passer.ts"],
    outfile: passer,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  ended = join(root, "ended.json");
  rmSync(ended, { force: true });
});

const environment = () => ({ ...process.env, ENDED: ended });

function pass(script: string, input?: Buffer) {
  const options = { env: environment(), maxBuffer: 64 * 1024 * 1024, ...(input === undefined ? {} : { input }) };
  return spawnSync(process.execPath, [passer, "sh", "-c", script], options);
}

function start(script: string): ChildProcess {
  return spawn(process.execPath, [passer, "sh", "-c", script], { env: environment(), stdio: ["pipe", "pipe", "pipe"] });
}

function howItEnded(): Record<string, unknown> {
  return JSON.parse(readFileSync(ended, "utf8"));
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

async function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on("data", (chunk) => {
      if (String(chunk).includes(word)) resolve();
    });
  });
}

describe("a command that is run", () => {
  it("passes input and both outputs through byte for byte (RUN-001)", () => {
    const input = randomBytes(3_000_000);
    const { stdout, stderr, status } = pass("tee /dev/stderr", input);
    expect(stdout.equals(input)).toBe(true);
    expect(stderr.equals(input)).toBe(true);
    expect(status).toBe(0);
  });

  it("is not held up by anything once it has ended (RUN-001)", () => {
    const begun = performance.now();
    pass("echo out; echo err >&2; echo again > /dev/stdout");
    expect(performance.now() - begun).toBeLessThan(1900);
  });

  it("gets arguments and environment as they are (RUN-001)", () => {
    const odd = ["a b", "", "'\"$x", "größe\n"];
    const script = "console.log(JSON.stringify([process.argv.slice(1), process.env.ODD]))";
    const { stdout } = spawnSync(process.execPath, [passer, process.execPath, "-e", script, "--", ...odd], {
      env: { ...environment(), ODD: "x=y z" },
    });
    expect(JSON.parse(stdout.toString())).toEqual([odd, "x=y z"]);
  });

  it("gives its exit code, and 128 + n for the signal that ended it (RUN-003)", () => {
    expect(pass("exit 37").status).toBe(37);
    expect(howItEnded()).toMatchObject({ exitCode: 37 });
    expect(pass("kill -KILL $$").status).toBe(137);
    expect(pass("kill -TERM $$").status).toBe(143);
  });

  it("that cannot be started says why and nothing of its name (RUN-003)", () => {
    const run = (program: string) => spawnSync(process.execPath, [passer, program], { env: environment() });
    expect(run("no-such-program-xyz").status).toBe(99);
    expect(howItEnded()).toMatchObject({ code: "BTN-A02", place: "ENOENT" });
    const plain = join(root, "plain");
    writeFileSync(plain, "", { mode: 0o600 });
    run(plain);
    expect(howItEnded()).toMatchObject({ code: "BTN-A02", place: "EACCES" });
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) {
    it(`gets ${signal} and ends in its own way (RUN-002)`, async () => {
      const child = start(`trap 'echo caught; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`);
      await said(child, "ready");
      child.kill(signal);
      expect(await exitOf(child)).toBe(5);
    });
  }

  it("notices that nobody reads any more, as it would without Baton (RUN-001)", async () => {
    const child = start("while :; do echo line || exit 3; done");
    await said(child, "line");
    child.stdout?.destroy();
    expect([3, 128 + 13]).toContain(await exitOf(child));
  });

  it("is not waited for by what it leaves behind (RUN-001)", async () => {
    const begun = performance.now();
    const child = start("sleep 20 & echo done");
    await said(child, "done");
    expect(await exitOf(child)).toBe(0);
    expect(performance.now() - begun).toBeLessThan(8000);
    expect(howItEnded().durationMs).toBeLessThan(1500);
  });

  it("is counted while it passes by (RUN-004)", () => {
    pass("echo 'Tests:       2 passed, 2 total' >&2; echo '  1 failing'");
    expect(howItEnded()).toMatchObject({ counts: { passed: 2, failed: 1 } });
    pass("echo nothing");
    expect(howItEnded()).not.toHaveProperty("counts");
  });

  it.skipIf(!existsSync("/usr/bin/script"))("on a terminal inherits it, uncounted (RUN-001)", () => {
    const command = `'${process.execPath}' '${passer}' sh -c 'test -t 0 && test -t 1 && test -t 2 && echo "  3 passing"'`;
    const { stdout, status } = spawnSync("script", ["-qec", command, "/dev/null"], { env: environment() });
    expect(stdout.toString()).toContain("3 passing");
    expect(status).toBe(0);
    expect(howItEnded()).not.toHaveProperty("counts");
  });
});
