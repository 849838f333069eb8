/** `baton hook codex`, the built program. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadedBy } from "../programs/loaded.js";
import { makePlace, type Place } from "./codex.js";

const cli = resolve("dist/cli.js");
if (!existsSync(cli)) throw new Error(`${cli} is not built: run npm test, or npm run build`);

let place: Place;
beforeEach(() => {
  place = makePlace();
});

function hook(input: string | Buffer, env: Record<string, string> = {}, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "hook", "codex", ...args], {
    cwd: place.repository,
    env: { ...place.env, BATON_HOME: place.home, ...env },
    encoding: "utf8",
    input,
  });
  return { status, stdout, stderr };
}

const event = (hook_event_name: string, more: object = {}) =>
  JSON.stringify({ session_id: "session", transcript_path: null, cwd: place.repository, hook_event_name, ...more });

const silent = { status: 0, stdout: "", stderr: "" };

describe("baton hook codex", () => {
  it("prints the brief of one line in the envelope where nothing is recorded", () => {
    const { status, stdout, stderr } = hook(event("SessionStart", { source: "startup" }));
    expect([status, stderr]).toEqual([0, ""]);
    const { additionalContext } = JSON.parse(stdout).hookSpecificOutput;
    expect(additionalContext).toMatch(/^Baton brief at .*Z: nothing is recorded for github\.com\/acme\/proxy\.\n$/);
  });

  it("is silent at every other event, with a segment of its own for what it records", () => {
    const call = { tool_name: "Bash", tool_use_id: "call_1", tool_input: { command: "npm test" } };
    expect(hook(event("PreToolUse", call))).toEqual(silent);
    expect(hook(event("PostToolUse", { ...call, tool_response: "x" }))).toEqual(silent);
    for (const name of ["Interrupt", "SessionEnd"]) expect(hook(event(name))).toEqual(silent);
    expect(place.checks()).toHaveLength(1);
    expect(place.sessions()).toHaveLength(1);
    expect(readdirSync(join(place.home, "segments"))).toHaveLength(2);
  });

  it("does nothing, in silence, with what is no event that it listens to", () => {
    const long = event("SessionStart", { source: "startup", prompt: "x".repeat(1024 * 1024) });
    const relative = JSON.stringify({ hook_event_name: "SessionStart", cwd: "." });
    const inputs = [
      "",
      "{",
      "null",
      "[]",
      '"SessionStart"',
      relative,
      long,
      event("UserPromptSubmit"),
      event("PreCompact"),
    ];
    for (const input of inputs) expect(hook(input), input.slice(0, 60)).toEqual(silent);
    expect(hook(Buffer.from([0xff, 0xfe, 0x00]))).toEqual(silent);
    expect(existsSync(place.home)).toBe(false);
  });

  it("exits 0 where nothing works, and still has an envelope for a session that starts", () => {
    writeFileSync(place.home, "in the way");
    const { status, stdout } = hook(event("SessionStart", { source: "startup" }));
    expect(status).toBe(0);
    expect(JSON.parse(stdout).hookSpecificOutput.additionalContext).toContain("not available, error[BTN-H01]");
    const env = { BATON_NOW: "nonsense", BATON_HOME: join(place.root, "other"), PATH: "" };
    expect(hook(event("Stop"), env)).toEqual(silent);
  });

  it("takes another state directory", () => {
    const other = join(place.root, "other");
    expect(hook(event("SessionEnd"), {}, "--home", other)).toEqual(silent);
    expect([existsSync(place.home), readdirSync(other).includes("segments")]).toEqual([false, true]);
  });

  it("loads neither the command line's parser nor the JSON of protobuf nor what MCP needs", () => {
    const loaded = loadedBy("hook");
    expect(loaded.length).toBeGreaterThan(1);
    const text = loaded.join("");
    for (const mark of ["CommanderError", "ZodError", "fromBinary", "tools/call"]) expect(text).not.toContain(mark);
    expect(text).toContain("additionalContext");
    expect(text.length).toBeLessThan(320_000);
  });
});
