/** `baton init` as people type it: the built program, what it prints, and how it ends. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import canonicalize from "canonicalize";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Machine, makeMachine } from "./machine.js";

/** Somebody who is neither root nor anybody else. */
const nobody = 65534;

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
  machine.write(join(machine.codex, "config.toml"), 'model = "x"\n');
});
afterEach(() => machine.remove());

const environment = (): NodeJS.ProcessEnv => ({ HOME: machine.home, PATH: "/nowhere", BATON_HOME: machine.state });

function baton(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [resolve("dist/cli.js"), ...args], { encoding: "utf8", env: environment() });
}

describe("baton init, the program", () => {
  it("shows the diff, writes, says what is left to do, and says at the second time that nothing changes", () => {
    const first = baton("init", "--codex");
    expect(first.stdout).toContain(
      `--- ${machine.codex}/config.toml\n+++ ${machine.codex}/config.toml\n@@ -1,1 +1,6 @@\n model = "x"\n+\n+[mcp_servers.baton]`,
    );
    expect(first.stderr).toMatch(
      /^made +\S+\/bin\/baton\nedited +\S+config\.toml\nmade +\S+hooks\.json\nnext: Codex: type \/hooks/,
    );
    expect(first.status).toBe(0);
    const second = baton("init", "--codex");
    expect([second.stdout, second.status]).toEqual(["", 0]);
    expect(second.stderr).toMatch(/^(unchanged +\S+\n){3}$/);
  });

  it("writes nothing under --dry-run and --check, whatever else is asked for", () => {
    const before = machine.look();
    expect(baton("init", "--dry-run").stdout).toContain("+[mcp_servers.baton]");
    const check = baton("init", "--check");
    expect([check.status, machine.look()]).toEqual([1, before]);
    expect(check.stderr).toContain("to be edited");
    baton("init");
    const wired = machine.look();
    expect(baton("init", "--remove", "--dry-run").stderr).toContain("to be restored");
    expect(machine.look()).toEqual(wired);
  });

  it("checks with the doctor where there is one, and says what was not checked where there is none", () => {
    baton("init");
    const without = baton("init", "--check", "--json");
    const { notes, check } = JSON.parse(without.stdout);
    const beside = existsSync(resolve("rust/target/release/opencode-proxy-doctor"));
    if (beside) expect(check.checks.length).toBeGreaterThan(0);
    else expect(notes).toContainEqual(expect.stringContaining("were not checked"));
    const bin = join(machine.root, "bin");
    machine.write(
      join(bin, "opencode-proxy-doctor"),
      `#!/bin/sh\necho '{"checks":[{"id":"BTN-D90","status":"fail","message":"seen '"$*"'","remedy":"act"}],"fail":1,"future":1}'\n`,
    );
    chmodSync(join(bin, "opencode-proxy-doctor"), 0o755);
    cpSync(resolve("dist"), join(machine.root, "copy/dist"), { recursive: true });
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(machine.root, "copy/dist/cli.js"), "init", "--check", ...args], {
        encoding: "utf8",
        env: { ...environment(), PATH: `${bin}:/bin:/usr/bin` },
      });
    expect(run().stderr).toContain(`[fail] BTN-D90 seen check --json --fail-on never --home ${machine.state}; act`);
    expect(JSON.parse(run("--json").stdout).check.fail).toBe(1);
    expect(run().status).toBe(1);
  });

  it("prints one document under --json, keys sorted, the diffs in it", () => {
    const { stdout, stderr, status } = baton("init", "--json");
    expect([stderr, status]).toEqual(["", 0]);
    const report = JSON.parse(stdout);
    expect(stdout).toBe(`${canonicalize(report)}\n`);
    expect(report.written).toBe(true);
    expect(report.changes.map(({ action }: { action: string }) => action)).toContain("INIT_ACTION_EDIT");
    expect(report.changes.find(({ part }: { part: string }) => part === "INIT_PART_CODEX_CONFIG").diff).toContain(
      '+args = ["mcp"]\n',
    );
  });

  it("ends with 1, a code and a remedy where a file cannot be edited", () => {
    machine.write(join(machine.codex, "hooks.json"), "{");
    const { stdout, stderr, status } = baton("init");
    expect([stdout, status]).toEqual(["", 1]);
    expect(stderr).toMatch(
      /^error\[BTN-M04\]: file is not valid, nothing was changed, \S+hooks\.json:1:2\nhelp: correct .+\n$/,
    );
  });

  it("makes launchers that start what init was run with, in their state directory, whatever the environment says", () => {
    machine.remove();
    machine = makeMachine({ name: 'it\'s a "home" $HOME `x`' });
    cpSync(resolve("dist"), machine.place.dist, { recursive: true });
    const init = (node: string) =>
      spawnSync(node, [join(machine.place.dist, "cli.js"), "init", "--codex"], {
        encoding: "utf8",
        env: environment(),
      });
    expect(init(process.execPath).status).toBe(0);
    const launcher = join(machine.state, "bin/baton");
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(launcher, ["where", "--json"], { encoding: "utf8", env: { ...env, BATON_HOME: "/elsewhere" } });
    expect(JSON.parse(run({ PATH: "/bin:/usr/bin" }).stdout).home).toBe(machine.state);
    const hook = JSON.parse(machine.read(join(machine.codex, "hooks.json"))).hooks.Stop[0].hooks[0].command as string;
    expect(spawnSync("/bin/sh", ["-c", hook.replace("hook codex", "--version")], { encoding: "utf8" }).stdout).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
    // The Node of then is gone: the one on PATH takes over.
    machine.write(launcher, machine.read(launcher).replace(/^node=.*$/m, "node='/gone/node'"));
    expect(JSON.parse(run({ PATH: `${resolve(process.execPath, "..")}:/bin:/usr/bin` }).stdout).home).toBe(
      machine.state,
    );
  });

  it.skipIf(process.platform === "win32")(
    "refuses files that their user may not write, and changes nothing (BTN-M03)",
    () => {
      cpSync(resolve("dist"), machine.place.dist, { recursive: true });
      const isRoot = process.getuid?.() === 0;
      if (isRoot)
        for (const name of ["", ...readdirSync(machine.root, { recursive: true, encoding: "utf8" })])
          chownSync(join(machine.root, name), nobody, nobody);
      const user = isRoot ? { uid: nobody, gid: nobody } : {};
      const run = (...args: string[]) =>
        spawnSync(process.execPath, [join(machine.place.dist, "cli.js"), "init", ...args], {
          encoding: "utf8",
          env: environment(),
          cwd: machine.root,
          ...user,
        });
      const config = join(machine.codex, "config.toml");
      for (const [path, mode] of [
        [config, 0o444],
        [config, 0o000],
        [machine.codex, 0o555],
        [join(machine.home, ".config/opencode"), 0o555],
      ] as const) {
        const old = statSync(path).mode;
        chmodSync(path, mode);
        const before = isRoot ? machine.look() : undefined;
        const { stdout, stderr, status } = run();
        expect(stderr).toMatch(/^error\[BTN-M03\]: file cannot be edited, nothing was changed, \S+: EACCES\nhelp: /);
        expect([stdout, status]).toEqual(["", 1]);
        if (before) expect(machine.look()).toEqual(before);
        expect(existsSync(machine.state)).toBe(false);
        chmodSync(path, old);
      }
      expect(run().status).toBe(0);
      chmodSync(config, 0o444);
      expect(run("--remove").stderr).toContain("BTN-M03");
      chmodSync(config, 0o644);
      expect(run("--remove").status).toBe(0);
      expect(machine.read(config)).toBe('model = "x"\n');
    },
  );

  it("puts the usage module of the built drop-in into a proxy", async () => {
    const module = join(machine.root, "proxy/src/usage_store.js");
    machine.write(module, "export class UsageStore {}\n");
    machine.write(join(machine.root, "proxy/package.json"), '{ "type": "module" }');
    expect(baton("init", "--proxy", join(machine.root, "proxy")).status).toBe(0);
    expect(Object.keys(await import(pathToFileURL(module).href))).toContain("sanitizeUsageEvent");
    rmSync(join(machine.root, "proxy"), { recursive: true });
    expect(baton("init", "--remove").status).toBe(0);
  });
});
