/** The hooks that Baton asks Codex to run. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hookNames } from "../../src/integrations/codex/event.js";
import { commandHooks, toolHooks } from "../../src/integrations/codex/hooks.js";
import type { HookInput } from "./codex.js";

/** Names of the fields that the real Codex gave with every event of a name. */
function fieldsOf(event: string): Set<string> {
  const calls = readdirSync("fixtures/clients/codex").flatMap((name) => {
    const { hooks = [] } = JSON.parse(readFileSync(`fixtures/clients/codex/${name}`, "utf8")) as {
      hooks?: HookInput[];
    };
    return hooks.filter(({ hook_event_name, tool_name = "Bash" }) => hook_event_name === event && tool_name === "Bash");
  });
  expect(calls.length, event).toBeGreaterThan(0);
  const names = calls.map((call) => [
    ...Object.keys(call),
    ...Object.keys((call.tool_input as object) ?? {}).map((key) => `tool_input.${key}`),
  ]);
  const [first = [], ...others] = names;
  return new Set(first.filter((name) => others.every((other) => other.includes(name))));
}

describe("the hooks of Codex", () => {
  it("are what users have trusted: a change has to be trusted again by everybody", () => {
    const handler = (timeout: number) => [{ type: "command", command: "baton hook codex", timeout }];
    expect(commandHooks("baton hook codex")).toEqual({
      SessionStart: { matcher: "startup|resume|clear|compact", hooks: handler(5) },
      PreToolUse: { matcher: "Bash", hooks: handler(5) },
      PostToolUse: { matcher: "Bash", hooks: handler(5) },
      Stop: { hooks: handler(5) },
      SessionEnd: { hooks: handler(3) },
      Interrupt: { hooks: handler(3) },
    });
  });

  it("are at every event that Baton listens to, and at none that carries a prompt", () => {
    expect(Object.keys(commandHooks("x"))).toEqual([...hookNames]);
    expect(Object.keys(toolHooks("baton", "x"))).toEqual([...hookNames]);
  });

  it("as calls of a tool name only fields that the event has: another would void the call", () => {
    for (const [event, { hooks }] of Object.entries(toolHooks("baton", "x"))) {
      const [handler] = hooks;
      if (handler.type === "command") {
        expect(event).toBe("SessionEnd");
        continue;
      }
      expect(handler).toMatchObject({ server: "baton", tool: "hook_event" });
      const named = Object.values(handler.input).map((value) => /^\$\{(.+)\}$/.exec(value)?.[1] ?? "");
      for (const field of named) expect([...fieldsOf(event)], event).toContain(field);
      for (const never of ["prompt", "tool_response", "tool_input", "last_assistant_message"])
        expect(named).not.toContain(never);
    }
  });
});
