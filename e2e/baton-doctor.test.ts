/** What the doctor sees of the real Codex and OpenCode. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { built } from "./baton.js";
import { describeBaton } from "./canaries.js";
import { pinned } from "./clients.js";
import { type Hooks, writeCodexConfig, writeCodexHooks } from "./codex.js";
import { buildDoctor, doctor } from "./doctor.js";
import type { Machine } from "./isolate.js";
import { opencodeRun, writeOpencodeConfig, writePlugin, writePluginPackages } from "./opencode.js";
import { trustHooksAsUser } from "./trust.js";

const events = ["SessionStart", "PreToolUse", "PostToolUse", "Stop", "SessionEnd", "Interrupt"];

interface Check {
  id: string;
  status: "ok" | "warn" | "fail";
  message: string;
  remedy?: string;
}

beforeAll(() => {
  buildDoctor();
});

/** What the doctor says of one check, without a word of the machine. */
function checkOf(machine: Machine, id: string): Pick<Check, "status" | "message"> {
  const stdout = doctor(machine, ["check", "--json", "--only", id], { PORT: "9", BATON_CHECK_MS: "20000" });
  expect(stdout).not.toContain(machine.root);
  const [{ status, message, remedy } = {} as Check] = (JSON.parse(stdout) as { checks: Check[] }).checks;
  expect(remedy === undefined).toBe(status === "ok");
  return { status, message };
}

describeBaton("the doctor, of Codex", ["codex"], (on) => {
  const check = (id: string) => checkOf(on.machine, id);
  const own = (timeout: number) => ({ type: "command" as const, command: "true baton hook codex", timeout });
  const foreign = { hooks: [{ type: "command" as const, command: "true", timeout: 5 }] };
  const hooks = (timeout = 3): Hooks => Object.fromEntries(events.map((event) => [event, [{ hooks: [own(timeout)] }]]));

  beforeEach(() => {
    writeCodexConfig(on.machine, on.mock.url);
    writeCodexHooks(on.machine, hooks());
  });

  test("hooks that the user has not trusted are reported, and are no longer once he has", async () => {
    expect(check("BTN-D50")).toEqual({ status: "ok", message: `Codex ${pinned.codex.version}` });
    expect(check("BTN-D53").status).toBe("ok");
    expect(check("BTN-D54")).toMatchObject({
      status: "warn",
      message: expect.stringContaining("6 of 6 hooks of Baton are not trusted yet"),
    });
    await trustHooksAsUser(on.machine);
    expect(check("BTN-D54")).toEqual({ status: "ok", message: "Codex trusts the 6 hooks of Baton" });
  });

  test("hooks that changed since they were trusted are reported", async () => {
    await trustHooksAsUser(on.machine);
    writeCodexHooks(on.machine, { ...hooks(), Stop: [{ hooks: [own(2)] }] });
    expect(check("BTN-D54")).toMatchObject({
      status: "fail",
      message: expect.stringMatching(/^1 of 6 hooks of Baton changed since they were trusted/),
    });
  });

  test("a group of somebody else is reported where it stands in front of ours, and is none behind it", async () => {
    await trustHooksAsUser(on.machine);
    writeCodexHooks(on.machine, { ...hooks(), Stop: [{ hooks: [own(3)] }, foreign] });
    expect(check("BTN-D54").status).toBe("ok");
    writeCodexHooks(on.machine, { ...hooks(), Stop: [foreign, { hooks: [own(3)] }] });
    expect(check("BTN-D54")).toMatchObject({
      status: "fail",
      message: expect.stringMatching(/^a hook of somebody else stands in front of 1 of 6 hooks of Baton/),
    });
    // In front from the first day on it does no harm.
    await trustHooksAsUser(on.machine);
    expect(check("BTN-D54").status).toBe("ok");
    // Once it is gone, ours stands in its place.
    writeCodexHooks(on.machine, hooks());
    expect(check("BTN-D54").message).toMatch(/changed since they were trusted, or their place did/);
  });

  test("hooks that the user switched off are reported", async () => {
    await trustHooksAsUser(on.machine);
    const config = join(on.machine.codexHome, "config.toml");
    writeFileSync(config, readFileSync(config, "utf8").replaceAll("trusted_hash =", "enabled = false\ntrusted_hash ="));
    expect(check("BTN-D54")).toEqual({ status: "warn", message: "6 of 6 hooks of Baton are switched off" });
  });

  test("hooks as calls of the MCP server are ours as well", async () => {
    const call = { type: "mcp_tool" as const, server: "baton", tool: "hook_event", input: {}, timeout: 5 };
    writeCodexHooks(on.machine, { ...hooks(), Stop: [{ hooks: [call] }] });
    expect(check("BTN-D54").message).toContain("6 of 6");
  });

  test("hooks that are switched off as a whole are reported", () => {
    writeCodexConfig(on.machine, on.mock.url, { top: "features.hooks = false" });
    expect(check("BTN-D53")).toEqual({ status: "warn", message: "hooks are switched off in ~/.codex/config.toml" });
  });

  test("the server that Codex would start answers, and keeps its state where the entry says", () => {
    const server = { command: process.execPath, args: [built("cli.js"), "mcp"] };
    writeCodexConfig(on.machine, on.mock.url, { servers: { baton: server } });
    expect(check("BTN-D51")).toMatchObject({ status: "ok", message: expect.stringContaining("answers as baton") });
    expect(check("BTN-D52").status).toBe("warn");
    writeCodexConfig(on.machine, on.mock.url, {
      servers: { baton: { ...server, env: { BATON_HOME: on.machine.batonHome } } },
    });
    expect(check("BTN-D52").status).toBe("ok");
  });
});

describeBaton("the doctor, of OpenCode", ["opencode"], (on) => {
  const check = (id: string) => checkOf(on.machine, id);
  const plugin = "export const Baton = async () => ({});\n";

  beforeEach(() => {
    writeOpencodeConfig(on.machine, on.mock.url, {
      servers: { baton: { command: process.execPath, args: [built("cli.js"), "mcp"] } },
    });
  });

  async function start(): Promise<void> {
    on.mock.script([{ text: "done" }]);
    const { exit } = await opencodeRun(on.machine, "go", { timeout: 200_000 });
    expect(exit).toBe(0);
  }

  test("a plugin that OpenCode could not load is reported", async () => {
    writePluginPackages(on.machine);
    writePlugin(on.machine, "baton.js", plugin);
    expect(check("BTN-D60")).toEqual({ status: "ok", message: `OpenCode ${pinned.opencode.version}` });
    for (const id of ["BTN-D61", "BTN-D62", "BTN-D63", "BTN-D65"]) expect([id, check(id).status]).toEqual([id, "ok"]);
    await start();
    expect(check("BTN-D66")).toMatchObject({ status: "ok", message: expect.stringContaining("no failure") });
    writePlugin(on.machine, "baton.js", "export const Baton = async () => { throw new Error('no'); };\n");
    expect(check("BTN-D66").message).toContain("has not started since");
    await start();
    expect(check("BTN-D66").status).toBe("fail");
  });

  test("a start that waits for npm is foretold, and one that had to is reported", async () => {
    writePlugin(on.machine, "baton.js", plugin);
    expect(check("BTN-D65").status).toBe("warn");
    // The same failure without the minute of npm's own retries.
    on.machine.env.npm_config_fetch_retries = "0";
    expect(check("BTN-D65")).toMatchObject({ status: "ok", message: expect.stringContaining("goes on if it cannot") });
    await start();
    delete on.machine.env.npm_config_fetch_retries;
    expect(check("BTN-D66")).toMatchObject({ status: "warn", message: expect.stringContaining("waited for npm") });
    mkdirSync(join(on.machine.opencodeConfig, "node_modules"), { recursive: true });
    const lock = { packages: { "": { dependencies: { "@opencode-ai/plugin": "0.0.0" } } } };
    writeFileSync(join(on.machine.opencodeConfig, "package-lock.json"), JSON.stringify(lock));
    expect(check("BTN-D65").status).toBe("ok");
    await start();
    expect(check("BTN-D66").status).toBe("ok");
  });

  test("a configuration that is reported as not valid keeps OpenCode from working", async () => {
    rmSync(join(on.machine.opencodeConfig, "opencode.json"), { force: true });
    writeFileSync(join(on.machine.opencodeConfig, "opencode.jsonc"), '{ "mcp": {} "plugin": [] }');
    expect(check("BTN-D61").status).toBe("fail");
    on.mock.script([{ text: "done" }]);
    expect((await opencodeRun(on.machine, "go", { timeout: 100_000 })).exit).not.toBe(0);
  });
});
