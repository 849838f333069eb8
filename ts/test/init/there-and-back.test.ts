/** `baton init` and `baton init --remove` on the files that people have: every byte, mode and link is as it was. */
import { chmodSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codexConfigs, codexHooks, opencodeConfigs } from "./configurations.js";
import { type Machine, makeMachine } from "./machine.js";
import { randomJson, randomOf, randomToml } from "./random.js";
import { checkWired } from "./wired.js";

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

/** Runs init twice and takes it back: the second run changes nothing, and afterwards all is as before. */
async function thereAndBack(): Promise<void> {
  const before = machine.look();
  await machine.init();
  const wired = machine.look();
  checkWired(machine);
  expect(new Set(Object.values(await machine.init()))).toEqual(new Set(["none"]));
  expect(machine.look()).toEqual(wired);
  await machine.init({ remove: true });
  expect(machine.look()).toEqual(before);
}

describe("baton init, there and back, leaves every byte, mode and link as it was", () => {
  it.each(Object.entries(codexConfigs))("config.toml: %s", async (_, content) => {
    if (content !== undefined) machine.write(machine.config, content);
    await thereAndBack();
  });

  it.each(Object.entries(codexHooks))("hooks.json: %s", async (_, content) => {
    if (content !== undefined) machine.write(machine.hooks, content);
    await thereAndBack();
  });

  it.each(Object.entries(opencodeConfigs))("opencode.json: %s", async (_, files) => {
    for (const [name, content] of Object.entries(files)) machine.write(machine.opencodeFile(name), content);
    await thereAndBack();
  });

  it("links to files elsewhere, and modes", async () => {
    for (const [path, content] of [
      [machine.config, codexConfigs["with CRLF"]],
      [machine.hooks, codexHooks["with tabs"]],
      [machine.opencodeFile(), opencodeConfigs["as JSONC"]?.["opencode.jsonc"]],
    ] as const) {
      const real = join(machine.home, "dotfiles", path.slice(dirname(path).length + 1));
      machine.write(real, content ?? "");
      chmodSync(real, 0o640);
      symlinkSync(real, path);
    }
    await thereAndBack();
    await machine.init();
    expect(readlinkSync(machine.config)).toBe(join(machine.home, "dotfiles/config.toml"));
    expect(statSync(`${machine.config}.baton-backup`).mode & 0o777).toBe(0o640);
  });

  it("what a project has of its own", async () => {
    machine.write(join(machine.home, "project/.codex/config.toml"), 'model = "x"\n');
    machine.write(join(machine.home, "project/.codex/hooks.json"), '{ "hooks": {} }');
    machine.write(join(machine.home, "project/.opencode/opencode.json"), '{ "mcp": {} }');
    const before = machine.look(join(machine.home, "project"));
    await thereAndBack();
    await machine.init();
    expect(machine.look(join(machine.home, "project"))).toEqual(before);
  });

  it("random files", async () => {
    const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`BATON_SEED=${seed}`);
    const random = randomOf(seed);
    for (let round = 0; round < 40; round++) {
      machine.write(machine.config, randomToml(random));
      machine.write(machine.hooks, `{ "hooks": {}, "x": ${randomJson(random, "json", "x")}}`);
      machine.write(machine.opencodeFile(), randomJson(random, "jsonc", "mcp"));
      await thereAndBack();
    }
  });

  it("homes with spaces and quotes", async () => {
    machine.remove();
    machine = makeMachine({ name: 'it\'s a "home" $HOME' });
    const before = machine.look();
    await machine.init();
    expect(JSON.parse(machine.read(machine.hooks)).hooks.Stop[0].hooks[0].command).toContain("it'\\''s a");
    await machine.init({ remove: true });
    expect(machine.look()).toEqual(before);
  });
});
