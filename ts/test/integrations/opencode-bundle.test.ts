import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pluginFile } from "../../src/integrations/opencode/packages.js";
import { environmentOf, runScript } from "../git/repository.js";

const cli = resolve("dist/cli.js");
const source = () => readFileSync(pluginFile(), "utf8");

describe("dist/opencode.js", () => {
  it("imports nothing but what Node and Bun carry, and requires nothing", () => {
    const imported = [...source().matchAll(/^(?:import|export)[^"';]*?(?:from )?"([^"]+)";?$/gm)].map(
      ([, name]) => name,
    );
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter((name) => !name?.startsWith("node:") || !builtinModules.includes(name.slice(5)))).toEqual(
      [],
    );
    expect(source()).not.toMatch(/\brequire\(|\bimport\(|write-file-atomic/);
  });

  it("exports one function and nothing else: OpenCode takes each export for a plugin", async () => {
    const exported: Record<string, unknown> = await import(pathToFileURL(pluginFile()).href);
    expect(Object.entries(exported).map(([name, value]) => [name, typeof value])).toEqual([
      ["BatonPlugin", "function"],
    ]);
  });
});

describe("the way without a plugin", () => {
  let root = "";
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "baton-no-plugin-")));
    mkdirSync(join(root, "home"));
    runScript(root, [
      "git init -q -b main repo && cd repo && git remote add origin https://github.com/acme/widgets",
      "git commit -q --allow-empty -m start && mkdir deep",
    ]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Runs lines of sh with no more of an environment than a cron table gives. */
  function sh(...lines: string[]): { status: number | null; stdout: string; stderr: string } {
    const env = { PATH: environmentOf(root).PATH, HOME: join(root, "home"), BATON_GIT_MS: "20000" };
    const script = [`baton() { "${process.execPath}" "${cli}" "$@"; }`, ...lines].join("\n");
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { cwd: root, env, encoding: "utf8" });
    return { status, stdout, stderr };
  }

  /** As docs/integrations.md gives it, but for the program that it starts. */
  const wrapper = (
    /```sh\n(opencode\(\) \{\n.*?\n\})\n```/s.exec(readFileSync("docs/integrations.md", "utf8"))?.[1] ?? ""
  ).replace('command opencode "$@"', 'echo "started with $*"');

  it("the function of the shell writes the brief into the git folder, from a folder below too", () => {
    const left = "cd repo && baton note 'left for the next one' >/dev/null";
    const ended = sh(wrapper, left, "cd deep && opencode run");
    expect(ended).toEqual({ status: 0, stdout: "started with run\n", stderr: "" });
    const brief = readFileSync(join(root, "repo/.git/baton-brief.md"), "utf8");
    expect(brief).toMatch(/^Baton brief at .*left for the next one/s);
    expect(sh("cd repo && git status --porcelain").stdout).toBe("");
  });

  it("the function starts the program outside a repository too, and writes nothing there", () => {
    expect(sh(wrapper, "cd home && opencode")).toEqual({ status: 0, stdout: "started with \n", stderr: "" });
    expect(readdirSync(join(root, "home"))).not.toContain("baton-brief.md");
    expect(existsSync("/baton-brief.md")).toBe(false);
  });

  it("a task of cron names folder and workspace, and finds the same", () => {
    const file = join(root, "brief.md");
    expect(sh(`cd repo && baton resume --write "${file}"`)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(file, "utf8")).toContain("left for the next one");
    expect(sh(`baton resume --workspace github.com/acme/widgets --write "${file}"`).status).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("left for the next one");
  });
});
