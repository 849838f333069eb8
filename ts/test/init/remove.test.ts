/** `baton init --remove` on files that somebody edited since. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse as parseJsonc } from "jsonc-parser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planInit } from "../../src/init/init.js";
import { codexConfigs, codexHooks, opencodeConfigs } from "./configurations.js";
import { type Machine, makeMachine } from "./machine.js";

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

describe("baton init --remove, after somebody edited the files", () => {
  it("takes out Baton's entries alone, and keeps what the user and Codex wrote since", async () => {
    machine.write(machine.config, codexConfigs["with comments and other servers"] ?? "");
    machine.write(machine.hooks, codexHooks["with hooks of others for our events"] ?? "");
    machine.write(
      machine.opencodeFile(),
      opencodeConfigs["with comments and trailing commas"]?.["opencode.json"] ?? "",
    );
    const [toml, json, jsonc] = [machine.config, machine.hooks, machine.opencodeFile()].map(machine.read) as [
      string,
      string,
      string,
    ];
    await machine.init();
    const trust = `\n[hooks.state."${machine.hooks}:stop:0:0"]\ntrusted_hash = "sha256:11"\n`;
    const more = ',\n      { "hooks": [ { "type": "command", "command": "mine" } ] }';
    machine.write(machine.config, machine.read(machine.config) + trust);
    machine.write(
      machine.hooks,
      machine
        .read(machine.hooks)
        .replace(/("PostToolUse": \[[\s\S]*?)(\n {4}\])/, (_, groups, end) => groups + more + end),
    );
    machine.write(machine.opencodeFile(), machine.read(machine.opencodeFile()).replace('"dark"', '"light"'));
    expect(await machine.init({ remove: true })).toMatchObject({
      "config.toml": "strip",
      "hooks.json": "strip",
      "opencode.json": "strip",
    });
    expect(machine.read(machine.config)).toBe(toml + trust);
    const stripped = JSON.parse(machine.read(machine.hooks));
    expect(stripped.hooks.Stop).toEqual([]);
    expect(Object.keys(stripped.hooks)).toEqual(["PostToolUse", "Stop"]);
    expect(machine.read(machine.hooks)).toBe(json.replace("\n    ],", `${more}\n    ],`));
    expect(machine.read(machine.opencodeFile())).toBe(jsonc.replace('"dark"', '"light"'));
    expect(Object.keys(machine.look()).filter((name) => /baton/.test(name))).toEqual([]);
  });

  it("keeps an edit also where init ran again in between", async () => {
    machine.write(machine.config, 'model = "x"\n');
    machine.write(machine.hooks, '{ "hooks": { "Stop": [] } }\n');
    await machine.init();
    machine.write(machine.config, `# mine\n${machine.read(machine.config)}`);
    machine.write(
      machine.hooks,
      machine.read(machine.hooks).replace('"timeout": 3', '"timeout": 2').replace("{ ", '{ "mine": 1, '),
    );
    expect(await machine.init()).toMatchObject({ "config.toml": "none", "hooks.json": "edit" });
    expect(machine.read(machine.hooks)).not.toContain('"timeout": 2');
    await machine.init({ remove: true });
    expect(machine.read(machine.config)).toBe('# mine\nmodel = "x"\n');
    expect(JSON.parse(machine.read(machine.hooks))).toEqual({ mine: 1, hooks: { Stop: [] } });
  });

  it("takes its handler out of a group that the user put one into", async () => {
    await machine.init();
    const edited = JSON.parse(machine.read(machine.hooks));
    edited.hooks.Stop[0].hooks.unshift({ type: "command", command: "mine" });
    machine.write(machine.hooks, JSON.stringify(edited));
    await machine.init({ remove: true });
    expect(JSON.parse(machine.read(machine.hooks))).toEqual({
      hooks: { Stop: [{ hooks: [{ type: "command", command: "mine" }] }] },
    });
  });

  it("deletes a file that init made and where only the client's own $schema is left", async () => {
    await machine.init();
    machine.write(
      machine.opencodeFile(),
      machine.read(machine.opencodeFile()).replace('"enabled": true', '"enabled": false'),
    );
    expect(await machine.init()).toMatchObject({ "opencode.json": "none" });
    expect(await machine.init({ remove: true })).toMatchObject({ "opencode.json": "delete" });
    expect(existsSync(machine.opencodeFile())).toBe(false);
  });

  it("keeps a plugin file that was edited, and says so", async () => {
    await machine.init();
    machine.write(machine.opencodeFile("plugin/baton.js"), "// mine\n");
    const { report, apply } = planInit({ remove: true }, machine.place);
    await apply();
    expect(report.notes).toEqual([expect.stringMatching(/baton\.js: edited since init, so it stays/)]);
    expect(machine.read(machine.opencodeFile("plugin/baton.js"))).toBe("// mine\n");
  });

  it("leaves a file alone that the user deleted, and one that was taken out of by hand", async () => {
    machine.write(machine.config, 'model = "x"\n');
    await machine.init();
    rmSync(machine.hooks);
    machine.write(machine.config, 'model = "y"\n');
    await machine.init({ remove: true });
    expect(Object.keys(machine.look(machine.codex))).toEqual(["config.toml"]);
    expect(machine.read(machine.config)).toBe('model = "y"\n');
  });

  it("finds Baton's entries where the ledger is lost", async () => {
    machine.write(machine.config, 'model = "x"\n');
    await machine.init();
    rmSync(join(machine.state, "init.json"));
    await machine.init({ remove: true });
    expect(machine.read(machine.config)).toBe('model = "x"\n');
    expect(existsSync(machine.opencodeFile("plugin/baton.js"))).toBe(false);
    expect(parseJsonc(machine.read(machine.opencodeFile())).mcp).toBeUndefined();
  });

  it("strips where the backup is lost", async () => {
    machine.write(machine.config, 'model = "x"\n');
    await machine.init();
    rmSync(`${machine.config}.baton-backup`);
    expect(await machine.init({ remove: true })).toMatchObject({ "config.toml": "strip" });
    expect(machine.read(machine.config)).toBe('model = "x"\n');
  });
});
