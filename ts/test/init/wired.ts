/** What a machine looks like where Baton was put in. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse as parseJsonc } from "jsonc-parser";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { expect } from "vitest";
import type { Machine } from "./machine.js";

/** Everything that init writes is there, and says what it has to. */
export function checkWired(machine: Machine): void {
  const launcher = join(machine.state, "bin/baton");
  const toml = getStaticTOMLValue(parseTOML(machine.read(machine.config).replace(/^\u{feff}/u, ""))) as {
    mcp_servers: { baton: object };
  };
  expect(toml.mcp_servers.baton).toEqual({ command: launcher, args: ["mcp"], env: { BATON_HOME: machine.state } });
  const groups = (
    JSON.parse(machine.read(machine.hooks).replace(/^\u{feff}/u, "")) as {
      hooks: Record<string, { hooks: object[] }[]>;
    }
  ).hooks;
  for (const event of ["SessionStart", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"])
    expect(groups[event]?.at(-1)?.hooks, event).toEqual([
      expect.objectContaining({ command: `'${launcher}' hook codex` }),
    ]);
  const file = existsSync(machine.opencodeFile("opencode.jsonc"))
    ? machine.opencodeFile("opencode.jsonc")
    : machine.opencodeFile();
  expect(parseJsonc(machine.read(file).replace(/^\u{feff}/u, "")).mcp.baton).toEqual({
    type: "local",
    command: [launcher, "mcp"],
    enabled: true,
    environment: { BATON_HOME: machine.state },
  });
  expect(machine.read(machine.opencodeFile("plugin/baton.js"))).toBe(
    machine.read(join(machine.place.dist, "opencode.js")),
  );
  expect(statSync(join(machine.state, "init.json")).mode & 0o777).toBe(0o600);
  expect(statSync(launcher).mode & 0o777).toBe(0o700);
}
