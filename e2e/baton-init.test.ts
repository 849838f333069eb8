/** `baton init` and `baton init --remove` with the real clients: they see what init wrote, and nothing of it afterwards. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { listHooks, startAppServer } from "./app-server.js";
import { baton, recorded } from "./baton.js";
import { isInstalled } from "./clients.js";
import { codexExec, writeCodexConfig, writeCodexHooks } from "./codex.js";
import { isolate, type Machine } from "./isolate.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig } from "./opencode.js";
import { run } from "./run.js";
import { trustHooksAsUser } from "./trust.js";

let mock: MockModel;
let machine: Machine;
beforeAll(async () => {
  mock = await startMockModel();
});
afterAll(() => mock.close());
afterEach(() => machine.remove());

/** Names and contents below a folder. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}

const seenByModel = (): string => JSON.stringify(mock.received.map(({ body }) => body));

describe.skipIf(!isInstalled("codex"))("baton init, in Codex", () => {
  const hooks = async () => {
    const server = await startAppServer(machine);
    try {
      return await listHooks(server, machine);
    } finally {
      await server.stop();
    }
  };
  const ours = async () => (await hooks()).filter(({ command }) => String(command).endsWith("hook codex"));

  test("Codex lists the server and the hooks, runs them once they are trusted, and is as before after --remove", async () => {
    machine = isolate("codex");
    machine.env.BATON_GIT_MS = "20000";
    writeCodexConfig(machine, mock.url);
    writeCodexHooks(machine, { Stop: [{ hooks: [{ type: "command", command: "true" }] }] });
    const before = contents(machine.codexHome);
    baton(machine, "note", "left-for-the-next-session");
    expect(baton(machine, "init", "--codex")).toContain("+[mcp_servers.baton]");

    const listed = await ours();
    expect(listed.map(({ eventName }) => eventName).sort()).toEqual(
      ["interrupt", "postToolUse", "preToolUse", "sessionEnd", "sessionStart", "stop"].sort(),
    );
    expect(new Set(listed.map(({ trustStatus }) => trustStatus))).toEqual(new Set(["untrusted"]));
    expect(listed.find(({ eventName }) => eventName === "stop")?.key).toMatch(/:stop:1:0$/);
    const servers = await run("codex", ["mcp", "list"], { cwd: machine.project, env: machine.env, timeout: 60_000 });
    expect(servers.stdout).toMatch(new RegExp(`baton +${machine.batonHome}/bin/baton +mcp .*enabled`));

    await trustHooksAsUser(machine);
    mock.script([{ tool: "baton__note", args: { text: "noted-over-mcp" } }, { text: "done" }]);
    const session = await codexExec(machine, "go");
    expect(session.exit).toBe(0);
    expect(seenByModel()).toContain("left-for-the-next-session");
    expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");
    expect(recorded(machine, "handoffNote").map(({ text }) => text)).toContain("noted-over-mcp");

    // Again: nothing changes, and the trust of the user stays.
    expect(baton(machine, "init", "--codex")).toBe("");
    expect(new Set((await ours()).map(({ trustStatus }) => trustStatus))).toEqual(new Set(["trusted"]));

    baton(machine, "init", "--remove");
    expect(await ours()).toEqual([]);
    const after = contents(machine.codexHome);
    // Codex appends to its own configuration what was trusted.
    for (const [path, content] of Object.entries(before)) expect(after[path]?.startsWith(content), path).toBe(true);
    expect(after[join(machine.codexHome, "hooks.json")]).toBe(before[join(machine.codexHome, "hooks.json")]);
    expect(after[join(machine.codexHome, "config.toml")]).not.toContain("mcp_servers");
    expect(Object.keys(after).filter((path) => path.includes("baton-backup"))).toEqual([]);
  });

  test("hooks as calls of the server are listed and run as well", async () => {
    machine = isolate("codex");
    machine.env.BATON_GIT_MS = "20000";
    writeCodexConfig(machine, mock.url);
    baton(machine, "init", "--codex", "--hooks", "tool");
    expect((await hooks()).map(({ handlerType }) => handlerType)).toContain("mcpTool");
    await trustHooksAsUser(machine);
    mock.script([{ text: "done" }]);
    expect((await codexExec(machine, "go")).exit).toBe(0);
    expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");
  });
});

describe.skipIf(!isInstalled("opencode"))("baton init, in OpenCode", () => {
  test("OpenCode connects to the server, loads the plugin without an installation, and is as before after --remove", async () => {
    machine = isolate("opencode");
    machine.env.BATON_GIT_MS = "20000";
    writeOpencodeConfig(machine, mock.url);
    const before = contents(machine.opencodeConfig);
    baton(machine, "note", "left-for-the-plugin");
    baton(machine, "init", "--opencode");
    const options = { cwd: machine.project, env: machine.env, timeout: 120_000 };
    const servers = await run("opencode", ["mcp", "list"], options);
    expect(servers.stdout + servers.stderr).toMatch(/baton\b.*connected/);

    mock.script([{ text: "done" }]);
    const session = await opencodeRun(machine, "go", { timeout: 120_000 });
    expect(session.exit).toBe(0);
    expect(session.took).toBeLessThan(65_000);
    expect(seenByModel()).toContain("left-for-the-plugin");
    expect(recorded(machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");

    expect(baton(machine, "init", "--opencode")).toBe("");
    baton(machine, "init", "--remove");
    const after = contents(machine.opencodeConfig);
    // OpenCode writes a .gitignore into each of its folders.
    delete after[join(machine.opencodeConfig, ".gitignore")];
    expect(after).toEqual(before);
    expect(readdirSync(machine.opencodeConfig).sort()).toEqual([".gitignore", "opencode.json"]);
  });
});
