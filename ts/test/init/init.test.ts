/** `baton init` and `baton init --remove` on the files that people have. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parse as parseJsonc } from "jsonc-parser";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planInit } from "../../src/init/init.js";
import { wouldInstall } from "../../src/integrations/opencode/packages.js";
import { codexConfigs, codexHooks, opencodeConfigs } from "./configurations.js";
import { type Machine, makeMachine } from "./machine.js";
import { randomJson, randomOf, randomToml } from "./random.js";

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

const config = (): string => join(machine.codex, "config.toml");
const hooks = (): string => join(machine.codex, "hooks.json");
const opencode = (name = "opencode.json"): string => join(machine.opencode, name);

/** Runs init twice and takes it back: the second run changes nothing, and afterwards all is as before. */
async function thereAndBack(): Promise<void> {
  const before = machine.look();
  await machine.init();
  const wired = machine.look();
  checkWired();
  expect(new Set(Object.values(await machine.init()))).toEqual(new Set(["none"]));
  expect(machine.look()).toEqual(wired);
  await machine.init({ remove: true });
  expect(machine.look()).toEqual(before);
}

function checkWired(): void {
  const launcher = join(machine.state, "bin/baton");
  const toml = getStaticTOMLValue(parseTOML(machine.read(config()).replace(/^\u{feff}/u, ""))) as {
    mcp_servers: { baton: object };
  };
  expect(toml.mcp_servers.baton).toEqual({ command: launcher, args: ["mcp"], env: { BATON_HOME: machine.state } });
  const groups = (
    JSON.parse(machine.read(hooks()).replace(/^\u{feff}/u, "")) as { hooks: Record<string, { hooks: object[] }[]> }
  ).hooks;
  for (const event of ["SessionStart", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"])
    expect(groups[event]?.at(-1)?.hooks, event).toEqual([
      expect.objectContaining({ command: `'${launcher}' hook codex` }),
    ]);
  const file = existsSync(opencode("opencode.jsonc")) ? opencode("opencode.jsonc") : opencode();
  expect(parseJsonc(machine.read(file).replace(/^\u{feff}/u, "")).mcp.baton).toEqual({
    type: "local",
    command: [launcher, "mcp"],
    enabled: true,
    environment: { BATON_HOME: machine.state },
  });
  expect(machine.read(opencode("plugin/baton.js"))).toBe(machine.read(join(machine.place.dist, "opencode.js")));
  expect(statSync(join(machine.state, "init.json")).mode & 0o777).toBe(0o600);
  expect(statSync(launcher).mode & 0o777).toBe(0o700);
}

describe("baton init, there and back, leaves every byte, mode and link as it was", () => {
  it.each(Object.entries(codexConfigs))("config.toml: %s", async (_, content) => {
    if (content !== undefined) machine.write(config(), content);
    await thereAndBack();
  });

  it.each(Object.entries(codexHooks))("hooks.json: %s", async (_, content) => {
    if (content !== undefined) machine.write(hooks(), content);
    await thereAndBack();
  });

  it.each(Object.entries(opencodeConfigs))("opencode.json: %s", async (_, files) => {
    for (const [name, content] of Object.entries(files)) machine.write(opencode(name), content);
    await thereAndBack();
  });

  it("links to files elsewhere, and modes", async () => {
    for (const [path, content] of [
      [config(), codexConfigs["with CRLF"]],
      [hooks(), codexHooks["with tabs"]],
      [opencode(), opencodeConfigs["as JSONC"]?.["opencode.jsonc"]],
    ] as const) {
      const real = join(machine.home, "dotfiles", path.slice(dirname(path).length + 1));
      machine.write(real, content ?? "");
      chmodSync(real, 0o640);
      symlinkSync(real, path);
    }
    await thereAndBack();
    await machine.init();
    expect(readlinkSync(config())).toBe(join(machine.home, "dotfiles/config.toml"));
    expect(statSync(`${config()}.baton-backup`).mode & 0o777).toBe(0o640);
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
      machine.write(config(), randomToml(random));
      machine.write(hooks(), `{ "hooks": {}, "x": ${randomJson(random, "json", "x")}}`);
      machine.write(opencode(), randomJson(random, "jsonc", "mcp"));
      await thereAndBack();
    }
  });

  it("homes with spaces and quotes", async () => {
    machine.remove();
    machine = makeMachine({ name: 'it\'s a "home" $HOME' });
    const before = machine.look();
    await machine.init();
    expect(JSON.parse(machine.read(hooks())).hooks.Stop[0].hooks[0].command).toContain("it'\\''s a");
    await machine.init({ remove: true });
    expect(machine.look()).toEqual(before);
  });
});

describe("baton init refuses, with a code and a place, and changes nothing", () => {
  const cases: [name: string, code: string, place: string, prepare: () => void][] = [
    ["broken TOML", "BTN-M04", "config.toml:2:", () => machine.write(config(), "a = 1\nb = ]\n")],
    ["TOML with a key twice", "BTN-M04", "config.toml:2:", () => machine.write(config(), "a = 1\na = 2\n")],
    [
      "servers in an inline table",
      "BTN-M05",
      "config.toml",
      () => machine.write(config(), "mcp_servers = { a = { command = 'a' } }\n"),
    ],
    [
      "a server baton of somebody else",
      "BTN-M06",
      "config.toml",
      () => machine.write(config(), '[mcp_servers.baton]\ncommand = "baton"\n'),
    ],
    ["bytes that are no UTF-8", "BTN-M04", "config.toml", () => machine.write(config(), Uint8Array.of(0x61, 0xff))],
    ["broken JSON", "BTN-M04", "hooks.json:1:", () => machine.write(hooks(), '{ "hooks": ')],
    ["a key twice", "BTN-M04", "opencode.json:2:1", () => machine.write(opencode(), '{ "mcp": {},\n"mcp": {} }')],
    ["comments in hooks.json", "BTN-M04", "hooks.json:1:", () => machine.write(hooks(), '{ /* no */ "hooks": {} }')],
    ["hooks that are a list", "BTN-M05", "hooks.json", () => machine.write(hooks(), '{ "hooks": [] }')],
    [
      "an event that is an object",
      "BTN-M05",
      "hooks.json",
      () => machine.write(hooks(), '{ "hooks": { "Stop": {} } }'),
    ],
    [
      "hooks of another Baton",
      "BTN-M06",
      "hooks.json",
      () =>
        machine.write(
          hooks(),
          `{ "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "'/x/bin/baton' hook codex" }] }] } }`,
        ),
    ],
    [
      "hooks that were added by hand",
      "BTN-M06",
      "hooks.json",
      () =>
        machine.write(
          hooks(),
          '{ "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "baton hook codex" }] }] } }',
        ),
    ],
    ["broken JSONC", "BTN-M04", "opencode.json:1:", () => machine.write(opencode(), '{ "a" 1 }')],
    ["servers that are a list", "BTN-M05", "opencode.json", () => machine.write(opencode(), '{ "mcp": [] }')],
    ["a configuration that is a list", "BTN-M05", "opencode.json", () => machine.write(opencode(), "[]")],
    [
      "a server baton of somebody else in OpenCode",
      "BTN-M06",
      "opencode.json",
      () => machine.write(opencode(), '{ "mcp": { "baton": { "type": "remote" } } }'),
    ],
    [
      "another plugin of this name",
      "BTN-M06",
      "baton.js",
      () => machine.write(opencode("plugin/baton.js"), "export const X = 1;\n"),
    ],
    ["a folder in the place of a file", "BTN-M03", "config.toml", () => mkdirSync(config())],
    ["a link that leads nowhere", "BTN-M03", "hooks.json", () => symlinkSync(join(machine.home, "gone"), hooks())],
    [
      "a backup of somebody else",
      "BTN-M07",
      "opencode.json.baton-backup",
      () => {
        machine.write(opencode(), "{}");
        machine.write(opencode("opencode.json.baton-backup"), "mine");
      },
    ],
    ["a ledger that is damaged", "BTN-M10", "", () => machine.write(join(machine.state, "init.json"), "{ files")],
  ];

  it.each(cases)("%s (%s)", (_, code, place, prepare) => {
    // The others of a client are fine, and stay as they are too.
    machine.write(opencode("other.json"), "{}");
    prepare();
    const before = machine.look();
    expect(() => planInit({}, machine.place)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(place) }),
    );
    expect(machine.look()).toEqual(before);
  });

  it("a machine without clients (BTN-M02)", () => {
    machine.remove();
    machine = makeMachine({ clients: [] });
    expect(() => planInit({}, machine.place)).toThrow(expect.objectContaining({ code: "BTN-M02" }));
  });

  it("a file that changes between the look and the write (BTN-M08)", async () => {
    const { apply } = planInit({}, machine.place);
    machine.write(hooks(), "{}");
    const before = machine.look();
    await expect(apply()).rejects.toThrow(expect.objectContaining({ code: "BTN-M08" }));
    expect(machine.look()).toEqual(before);
  });

  it("a disk that fails in the middle: what was written is put back (BTN-M03)", async () => {
    machine.write(config(), 'model = "x"\n');
    const { apply } = planInit({}, machine.place);
    rmSync(machine.opencode, { recursive: true });
    writeFileSync(machine.opencode, "in the way");
    const before = machine.look();
    await expect(apply()).rejects.toThrow(expect.objectContaining({ code: "BTN-M03" }));
    expect(machine.look()).toEqual(before);
  });
});

describe("baton init --remove, after somebody edited the files", () => {
  it("takes out Baton's entries alone, and keeps what the user and Codex wrote since", async () => {
    machine.write(config(), codexConfigs["with comments and other servers"] ?? "");
    machine.write(hooks(), codexHooks["with hooks of others for our events"] ?? "");
    machine.write(opencode(), opencodeConfigs["with comments and trailing commas"]?.["opencode.json"] ?? "");
    const [toml, json, jsonc] = [config(), hooks(), opencode()].map(machine.read) as [string, string, string];
    await machine.init();
    const trust = `\n[hooks.state."${hooks()}:stop:0:0"]\ntrusted_hash = "sha256:11"\n`;
    const more = ',\n      { "hooks": [ { "type": "command", "command": "mine" } ] }';
    machine.write(config(), machine.read(config()) + trust);
    machine.write(
      hooks(),
      machine.read(hooks()).replace(/("PostToolUse": \[[\s\S]*?)(\n {4}\])/, (_, groups, end) => groups + more + end),
    );
    machine.write(opencode(), machine.read(opencode()).replace('"dark"', '"light"'));
    expect(await machine.init({ remove: true })).toMatchObject({
      "config.toml": "strip",
      "hooks.json": "strip",
      "opencode.json": "strip",
    });
    expect(machine.read(config())).toBe(toml + trust);
    const stripped = JSON.parse(machine.read(hooks()));
    expect(stripped.hooks.Stop).toEqual([]);
    expect(Object.keys(stripped.hooks)).toEqual(["PostToolUse", "Stop"]);
    expect(machine.read(hooks())).toBe(json.replace("\n    ],", `${more}\n    ],`));
    expect(machine.read(opencode())).toBe(jsonc.replace('"dark"', '"light"'));
    expect(Object.keys(machine.look()).filter((name) => /baton/.test(name))).toEqual([]);
  });

  it("keeps an edit also where init ran again in between", async () => {
    machine.write(config(), 'model = "x"\n');
    machine.write(hooks(), '{ "hooks": { "Stop": [] } }\n');
    await machine.init();
    machine.write(config(), `# mine\n${machine.read(config())}`);
    machine.write(
      hooks(),
      machine.read(hooks()).replace('"timeout": 3', '"timeout": 2').replace("{ ", '{ "mine": 1, '),
    );
    expect(await machine.init()).toMatchObject({ "config.toml": "none", "hooks.json": "edit" });
    expect(machine.read(hooks())).not.toContain('"timeout": 2');
    await machine.init({ remove: true });
    expect(machine.read(config())).toBe('# mine\nmodel = "x"\n');
    expect(JSON.parse(machine.read(hooks()))).toEqual({ mine: 1, hooks: { Stop: [] } });
  });

  it("takes its handler out of a group that the user put one into", async () => {
    await machine.init();
    const edited = JSON.parse(machine.read(hooks()));
    edited.hooks.Stop[0].hooks.unshift({ type: "command", command: "mine" });
    machine.write(hooks(), JSON.stringify(edited));
    await machine.init({ remove: true });
    expect(JSON.parse(machine.read(hooks()))).toEqual({
      hooks: { Stop: [{ hooks: [{ type: "command", command: "mine" }] }] },
    });
  });

  it("deletes a file that init made and where only the client's own $schema is left", async () => {
    await machine.init();
    machine.write(opencode(), machine.read(opencode()).replace('"enabled": true', '"enabled": false'));
    expect(await machine.init()).toMatchObject({ "opencode.json": "none" });
    expect(await machine.init({ remove: true })).toMatchObject({ "opencode.json": "delete" });
    expect(existsSync(opencode())).toBe(false);
  });

  it("keeps a plugin file that was edited, and says so", async () => {
    await machine.init();
    machine.write(opencode("plugin/baton.js"), "// mine\n");
    const { report, apply } = planInit({ remove: true }, machine.place);
    await apply();
    expect(report.notes).toEqual([expect.stringMatching(/baton\.js: edited since init, so it stays/)]);
    expect(machine.read(opencode("plugin/baton.js"))).toBe("// mine\n");
  });

  it("leaves a file alone that the user deleted, and one that was taken out of by hand", async () => {
    machine.write(config(), 'model = "x"\n');
    await machine.init();
    rmSync(hooks());
    machine.write(config(), 'model = "y"\n');
    await machine.init({ remove: true });
    expect(Object.keys(machine.look(machine.codex))).toEqual(["config.toml"]);
    expect(machine.read(config())).toBe('model = "y"\n');
  });

  it("finds Baton's entries where the ledger is lost", async () => {
    machine.write(config(), 'model = "x"\n');
    await machine.init();
    rmSync(join(machine.state, "init.json"));
    await machine.init({ remove: true });
    expect(machine.read(config())).toBe('model = "x"\n');
    expect(existsSync(opencode("plugin/baton.js"))).toBe(false);
    expect(parseJsonc(machine.read(opencode())).mcp).toBeUndefined();
  });

  it("strips where the backup is lost", async () => {
    machine.write(config(), 'model = "x"\n');
    await machine.init();
    rmSync(`${config()}.baton-backup`);
    expect(await machine.init({ remove: true })).toMatchObject({ "config.toml": "strip" });
    expect(machine.read(config())).toBe('model = "x"\n');
  });
});

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
    checkWired();
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
      opencode("plugin/baton.js"),
    ]);
    await machine.init({ remove: true });
    expect(Object.keys(machine.look(machine.opencode))).toEqual([]);
  });

  it("goes on without the plugin where the build has none, and says so", async () => {
    rmSync(join(machine.place.dist, "opencode.js"));
    const { report, apply } = planInit({}, machine.place);
    await apply();
    expect(report.notes).toEqual([expect.stringContaining("opencode.js is missing from this build")]);
    expect(existsSync(opencode())).toBe(true);
  });

  it("spares OpenCode the installation of packages where nothing is in the way, else says what is", async () => {
    const wired = await machine.init();
    expect(wired).toMatchObject({ "package-lock.json": "create" });
    expect(wouldInstall(machine.opencode)).toBe(false);
    await machine.init({ remove: true });
    machine.write(opencode("plugins/mine.ts"), "export const Mine = async () => ({});\n");
    const { report } = planInit({}, machine.place);
    expect(report.notes).toEqual([expect.stringContaining("because of plugins/mine.ts")]);
    expect(report.changes.map(({ path }) => path)).not.toContain(opencode("package-lock.json"));
  });

  it("runs hooks as commands unless told otherwise, and keeps the form that is there", async () => {
    await machine.init();
    const first = machine.read(hooks());
    expect(await machine.init({ hooks: "tool" })).toMatchObject({ "hooks.json": "edit" });
    const groups = JSON.parse(machine.read(hooks())).hooks;
    expect(groups.PostToolUse[0].hooks[0]).toMatchObject({ type: "mcp_tool", server: "baton" });
    expect(groups.SessionEnd[0].hooks[0]).toMatchObject({ type: "command" });
    expect(await machine.init()).toMatchObject({ "hooks.json": "none" });
    await machine.init({ hooks: "command" });
    expect(machine.read(hooks())).toBe(first);
  });

  it("puts its hooks behind those of others and never moves them", async () => {
    machine.write(hooks(), codexHooks["with hooks of others for our events"] ?? "");
    await machine.init();
    const events = JSON.parse(machine.read(hooks())).hooks;
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
    machine.write(config(), `[mcp_servers.docs]\nenv = { API_KEY = "${key}" }\n`);
    const { report } = planInit({}, machine.place);
    const diff = report.changes.find(({ path }) => path === config())?.diff ?? "";
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
