/** `baton init` and `baton init --remove` with the real clients: they see what init wrote, and nothing of it afterwards. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listHooks, startAppServer } from "./app-server.js";
import { baton, recorded } from "./baton.js";
import { describeBaton } from "./canaries.js";
import { codexExec, writeCodexConfig, writeCodexHooks } from "./codex.js";
import type { MockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig } from "./opencode.js";
import { run } from "./run.js";
import { trustHooksAsUser } from "./trust.js";

/** Names and contents below a folder. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}

const seenByModel = (mock: MockModel): string => JSON.stringify(mock.received.map(({ body }) => body));

describeBaton("baton init, in Codex", ["codex"], (on) => {
  const hooks = async () => {
    const server = await startAppServer(on.machine);
    try {
      return await listHooks(server, on.machine);
    } finally {
      await server.stop();
    }
  };
  const ours = async () => (await hooks()).filter(({ command }) => String(command).endsWith("hook codex"));

  test("Codex lists the server and the hooks, runs them once they are trusted, and is as before after --remove", async () => {
    writeCodexConfig(on.machine, on.mock.url);
    writeCodexHooks(on.machine, { Stop: [{ hooks: [{ type: "command", command: "true" }] }] });
    const before = contents(on.machine.codexHome);
    baton(on.machine, "note", "left-for-the-next-session");
    expect(baton(on.machine, "init", "--codex")).toContain("+[mcp_servers.baton]");

    const listed = await ours();
    expect(listed.map(({ eventName }) => eventName).sort()).toEqual(
      ["interrupt", "postToolUse", "preToolUse", "sessionEnd", "sessionStart", "stop"].sort(),
    );
    expect(new Set(listed.map(({ trustStatus }) => trustStatus))).toEqual(new Set(["untrusted"]));
    expect(listed.find(({ eventName }) => eventName === "stop")?.key).toMatch(/:stop:1:0$/);
    const servers = await run("codex", ["mcp", "list"], {
      cwd: on.machine.project,
      env: on.machine.env,
      timeout: 60_000,
    });
    expect(servers.stdout).toMatch(new RegExp(`baton +${on.machine.batonHome}/bin/baton +mcp .*enabled`));

    await trustHooksAsUser(on.machine);
    on.mock.script([{ tool: "baton__note", args: { text: "noted-over-mcp" } }, { text: "done" }]);
    const session = await codexExec(on.machine, "go");
    expect(session.exit).toBe(0);
    expect(seenByModel(on.mock)).toContain("left-for-the-next-session");
    expect(recorded(on.machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");
    expect(recorded(on.machine, "handoffNote").map(({ text }) => text)).toContain("noted-over-mcp");

    // Again: nothing changes, and the trust of the user stays.
    expect(baton(on.machine, "init", "--codex")).toBe("");
    expect(new Set((await ours()).map(({ trustStatus }) => trustStatus))).toEqual(new Set(["trusted"]));

    baton(on.machine, "init", "--remove");
    expect(await ours()).toEqual([]);
    const after = contents(on.machine.codexHome);
    // Codex appends to its own configuration what was trusted.
    for (const [path, content] of Object.entries(before)) expect(after[path]?.startsWith(content), path).toBe(true);
    expect(after[join(on.machine.codexHome, "hooks.json")]).toBe(before[join(on.machine.codexHome, "hooks.json")]);
    expect(after[join(on.machine.codexHome, "config.toml")]).not.toContain("mcp_servers");
    expect(Object.keys(after).filter((path) => path.includes("baton-backup"))).toEqual([]);
  });

  test("hooks as calls of the server are listed and run as well", async () => {
    writeCodexConfig(on.machine, on.mock.url);
    baton(on.machine, "init", "--codex", "--hooks", "tool");
    expect((await hooks()).map(({ handlerType }) => handlerType)).toContain("mcpTool");
    await trustHooksAsUser(on.machine);
    on.mock.script([{ text: "done" }]);
    expect((await codexExec(on.machine, "go")).exit).toBe(0);
    expect(recorded(on.machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");
  });
});

describeBaton("baton init, in OpenCode", ["opencode"], (on) => {
  test("OpenCode connects to the server, loads the plugin without an installation, and is as before after --remove", async () => {
    writeOpencodeConfig(on.machine, on.mock.url);
    const before = contents(on.machine.opencodeConfig);
    baton(on.machine, "note", "left-for-the-plugin");
    baton(on.machine, "init", "--opencode");
    const options = { cwd: on.machine.project, env: on.machine.env, timeout: 120_000 };
    const servers = await run("opencode", ["mcp", "list"], options);
    expect(servers.stdout + servers.stderr).toMatch(/baton\b.*connected/);

    on.mock.script([{ text: "done" }]);
    const session = await opencodeRun(on.machine, "go", { timeout: 120_000 });
    expect(session.exit).toBe(0);
    expect(session.took).toBeLessThan(65_000);
    expect(seenByModel(on.mock)).toContain("left-for-the-plugin");
    expect(recorded(on.machine, "sessionMark").map(({ phase }) => phase)).toContain("SESSION_PHASE_START");

    expect(baton(on.machine, "init", "--opencode")).toBe("");
    baton(on.machine, "init", "--remove");
    const after = contents(on.machine.opencodeConfig);
    // OpenCode writes a .gitignore into each of its folders.
    delete after[join(on.machine.opencodeConfig, ".gitignore")];
    expect(after).toEqual(before);
    expect(readdirSync(on.machine.opencodeConfig).sort()).toEqual([".gitignore", "opencode.json"]);
  });
});
