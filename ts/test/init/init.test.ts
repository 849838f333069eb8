/** What `baton init` does and says. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planInit } from "../../src/init/init.js";
import { wouldInstall } from "../../src/integrations/opencode/packages.js";
import { codexHooks } from "./configurations.js";
import { type Machine, makeMachine } from "./machine.js";
import { checkWired } from "./wired.js";

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

describe("baton init", () => {
  it("wires and takes out one client, and keeps the launcher for the other", async () => {
    await machine.init();
    const changed = await machine.init({ remove: true, codex: true });
    expect(changed).toEqual({ "config.toml": "delete", "hooks.json": "delete" });
    expect(existsSync(join(machine.state, "bin/baton"))).toBe(true);
    expect(await machine.init({ remove: true })).toMatchObject({ baton: "delete", "opencode.json": "delete" });
    expect(existsSync(machine.state)).toBe(false);
  });

  it("makes the folder of a client that is named but was never started, and takes it away again", async () => {
    machine.remove();
    machine = makeMachine({ clients: [] });
    await machine.init({ codex: true, opencode: true });
    checkWired(machine);
    await machine.init({ remove: true });
    expect(machine.look()).toEqual({});
  });

  it("exchanges the plugin for that of a newer build, and the launcher for another Node", async () => {
    await machine.init();
    machine.write(join(machine.place.dist, "opencode.js"), "export const Baton = async () => ({ event() {} });\n");
    const moved = { ...machine.place, node: "/opt/node" };
    const { report, apply } = planInit({}, moved);
    await apply();
    expect(report.changes.filter(({ diff }) => diff !== undefined).map(({ path }) => path)).toEqual([
      join(machine.state, "bin/baton"),
      machine.opencodeFile("plugin/baton.js"),
    ]);
    await machine.init({ remove: true });
    expect(Object.keys(machine.look(machine.opencode))).toEqual([]);
  });

  it("goes on without the plugin where the build has none, and says so", async () => {
    rmSync(join(machine.place.dist, "opencode.js"));
    const { report, apply } = planInit({}, machine.place);
    await apply();
    expect(report.notes).toEqual([expect.stringContaining("opencode.js is missing from this build")]);
    expect(existsSync(machine.opencodeFile())).toBe(true);
  });

  it("spares OpenCode the installation of packages where nothing is in the way, else says what is", async () => {
    const wired = await machine.init();
    expect(wired).toMatchObject({ "package-lock.json": "create" });
    expect(wouldInstall(machine.opencode)).toBe(false);
    await machine.init({ remove: true });
    machine.write(machine.opencodeFile("plugins/mine.ts"), "export const Mine = async () => ({});\n");
    const { report } = planInit({}, machine.place);
    expect(report.notes).toEqual([expect.stringContaining("because of plugins/mine.ts")]);
    expect(report.changes.map(({ path }) => path)).not.toContain(machine.opencodeFile("package-lock.json"));
  });

  it("runs hooks as commands unless told otherwise, and keeps the form that is there", async () => {
    await machine.init();
    const first = machine.read(machine.hooks);
    expect(await machine.init({ hooks: "tool" })).toMatchObject({ "hooks.json": "edit" });
    const groups = JSON.parse(machine.read(machine.hooks)).hooks;
    expect(groups.PostToolUse[0].hooks[0]).toMatchObject({ type: "mcp_tool", server: "baton" });
    expect(groups.SessionEnd[0].hooks[0]).toMatchObject({ type: "command" });
    expect(await machine.init()).toMatchObject({ "hooks.json": "none" });
    await machine.init({ hooks: "command" });
    expect(machine.read(machine.hooks)).toBe(first);
  });

  it("puts its hooks behind those of others and never moves them", async () => {
    machine.write(machine.hooks, codexHooks["with hooks of others for our events"] ?? "");
    await machine.init();
    const events = JSON.parse(machine.read(machine.hooks)).hooks;
    expect(events.PostToolUse.map((group: { hooks: { command: string }[] }) => group.hooks[0]?.command)).toEqual([
      "lint",
      "log",
      expect.stringContaining("hook codex"),
    ]);
  });

  it("tells what is left to the user: trust in Codex, and new sessions", () => {
    const { report } = planInit({}, machine.place);
    expect(report.next).toEqual([
      expect.stringContaining("/hooks"),
      expect.stringContaining("restart"),
      expect.stringContaining("restart"),
    ]);
  });

  it("shows no secret in the lines around an edit", () => {
    const key = ["sk", "live", "9f8Q2m7Zx4Lk1Vb6Tn3Rw8Yc5Hd0Js2G"].join("_");
    machine.write(machine.config, `[mcp_servers.docs]\nenv = { API_KEY = "${key}" }\n`);
    const { report } = planInit({}, machine.place);
    const diff = report.changes.find(({ path }) => path === machine.config)?.diff ?? "";
    expect(diff).toContain("+[mcp_servers.baton]");
    expect(diff).toContain("(a line that holds a secret)");
    expect(diff).not.toContain(key);
  });

  it("exchanges the usage module of the proxy for Baton's, and back", async () => {
    const checkout = join(machine.root, "proxy");
    const module = join(checkout, "src/usage_store.js");
    machine.write(module, "export class UsageStore {}\r\n");
    const before = machine.look(checkout);
    expect(await machine.init({ proxy: checkout })).toEqual({ baton: "create", "usage_store.js": "edit" });
    const line = machine.read(module);
    expect(line).toMatch(/^export \* from "file:\/\/\/.*\/dist\/proxy\.js";\n$/);
    expect(Object.keys(await import(`${JSON.parse(line.slice("export * from ".length, -2))}`))).toEqual(["UsageStore"]);
    expect(await machine.init({ proxy: checkout })).toMatchObject({ "usage_store.js": "none" });
    await machine.init({ remove: true });
    expect(machine.look(checkout)).toEqual(before);
  });

  it("refuses a folder that is no checkout of the proxy, and leaves a module without its backup as it is", async () => {
    const checkout = join(machine.root, "proxy");
    expect(() => planInit({ proxy: checkout }, machine.place)).toThrow(expect.objectContaining({ code: "BTN-M03" }));
    machine.write(join(checkout, "src/usage_store.js"), "export const x = 1;\n");
    expect(() => planInit({ proxy: checkout }, machine.place)).toThrow(expect.objectContaining({ code: "BTN-M05" }));
    machine.write(join(checkout, "src/usage_store.js"), "export class UsageStore {}\n");
    await machine.init({ proxy: checkout });
    renameSync(join(checkout, "src/usage_store.js.baton-backup"), join(machine.root, "lost"));
    expect(await machine.init({ remove: true })).toMatchObject({ "usage_store.js": "keep" });
    expect(machine.read(join(checkout, "src/usage_store.js"))).toContain("export * from");
  });
});
