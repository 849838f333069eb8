/** What `baton init` refuses: with a code and a place, and without a change. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planInit } from "../../src/init/init.js";
import { type Machine, makeMachine } from "./machine.js";

let machine: Machine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

describe("baton init refuses, with a code and a place, and changes nothing", () => {
  const cases: [name: string, code: string, place: string, prepare: () => void][] = [
    ["broken TOML", "BTN-M04", "config.toml:2:", () => machine.write(machine.config, "a = 1\nb = ]\n")],
    ["TOML with a key twice", "BTN-M04", "config.toml:2:", () => machine.write(machine.config, "a = 1\na = 2\n")],
    [
      "servers in an inline table",
      "BTN-M05",
      "config.toml",
      () => machine.write(machine.config, "mcp_servers = { a = { command = 'a' } }\n"),
    ],
    [
      "a server baton of somebody else",
      "BTN-M06",
      "config.toml",
      () => machine.write(machine.config, '[mcp_servers.baton]\ncommand = "baton"\n'),
    ],
    [
      "bytes that are no UTF-8",
      "BTN-M04",
      "config.toml",
      () => machine.write(machine.config, Uint8Array.of(0x61, 0xff)),
    ],
    ["broken JSON", "BTN-M04", "hooks.json:1:", () => machine.write(machine.hooks, '{ "hooks": ')],
    [
      "a key twice",
      "BTN-M04",
      "opencode.json:2:1",
      () => machine.write(machine.opencodeFile(), '{ "mcp": {},\n"mcp": {} }'),
    ],
    [
      "comments in hooks.json",
      "BTN-M04",
      "hooks.json:1:",
      () => machine.write(machine.hooks, '{ /* no */ "hooks": {} }'),
    ],
    ["hooks that are a list", "BTN-M05", "hooks.json", () => machine.write(machine.hooks, '{ "hooks": [] }')],
    [
      "an event that is an object",
      "BTN-M05",
      "hooks.json",
      () => machine.write(machine.hooks, '{ "hooks": { "Stop": {} } }'),
    ],
    [
      "hooks of another Baton",
      "BTN-M06",
      "hooks.json",
      () =>
        machine.write(
          machine.hooks,
          `{ "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "'/x/bin/baton' hook codex" }] }] } }`,
        ),
    ],
    [
      "hooks that were added by hand",
      "BTN-M06",
      "hooks.json",
      () =>
        machine.write(
          machine.hooks,
          '{ "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "baton hook codex" }] }] } }',
        ),
    ],
    ["broken JSONC", "BTN-M04", "opencode.json:1:", () => machine.write(machine.opencodeFile(), '{ "a" 1 }')],
    [
      "servers that are a list",
      "BTN-M05",
      "opencode.json",
      () => machine.write(machine.opencodeFile(), '{ "mcp": [] }'),
    ],
    ["a configuration that is a list", "BTN-M05", "opencode.json", () => machine.write(machine.opencodeFile(), "[]")],
    [
      "a server baton of somebody else in OpenCode",
      "BTN-M06",
      "opencode.json",
      () => machine.write(machine.opencodeFile(), '{ "mcp": { "baton": { "type": "remote" } } }'),
    ],
    [
      "another plugin of this name",
      "BTN-M06",
      "baton.js",
      () => machine.write(machine.opencodeFile("plugin/baton.js"), "export const X = 1;\n"),
    ],
    ["a folder in the place of a file", "BTN-M03", "config.toml", () => mkdirSync(machine.config)],
    [
      "a link that leads nowhere",
      "BTN-M03",
      "hooks.json",
      () => symlinkSync(join(machine.home, "gone"), machine.hooks),
    ],
    [
      "a backup of somebody else",
      "BTN-M07",
      "opencode.json.baton-backup",
      () => {
        machine.write(machine.opencodeFile(), "{}");
        machine.write(machine.opencodeFile("opencode.json.baton-backup"), "mine");
      },
    ],
    ["a ledger that is damaged", "BTN-M10", "", () => machine.write(join(machine.state, "init.json"), "{ files")],
  ];

  it.each(cases)("%s (%s)", (_, code, place, prepare) => {
    // The others of a client are fine, and stay as they are too.
    machine.write(machine.opencodeFile("other.json"), "{}");
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
    machine.write(machine.hooks, "{}");
    const before = machine.look();
    await expect(apply()).rejects.toThrow(expect.objectContaining({ code: "BTN-M08" }));
    expect(machine.look()).toEqual(before);
  });

  it("a disk that fails in the middle: what was written is put back (BTN-M03)", async () => {
    machine.write(machine.config, 'model = "x"\n');
    const { apply } = planInit({}, machine.place);
    rmSync(machine.opencode, { recursive: true });
    writeFileSync(machine.opencode, "in the way");
    const before = machine.look();
    await expect(apply()).rejects.toThrow(expect.objectContaining({ code: "BTN-M03" }));
    expect(machine.look()).toEqual(before);
  });
});
