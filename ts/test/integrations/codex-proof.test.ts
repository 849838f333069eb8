/** What makes a check of Codex proof, and what does not (docs/proof.md, section 7). */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { mostBegun } from "../../src/client/checks.js";
import { dropReasons } from "../../src/library/safe.js";
import { type HookInput, makePlace, type Place, rolloutEnd, rolloutHead, sources } from "./codex.js";

let place: Place;
const word = "hunter2hunter2";
const session = "00000000-0000-7000-8000-00000000000a";

beforeEach(() => {
  place = makePlace();
  writeFileSync(place.transcript, rolloutHead(session));
});

function event(name: string, more: HookInput = {}): HookInput {
  return {
    session_id: session,
    transcript_path: place.transcript,
    cwd: place.repository,
    hook_event_name: name,
    tool_name: "Bash",
    tool_use_id: "call_1",
    tool_input: { command: "npm test" },
    ...more,
  };
}

const tell = (text: string) => appendFileSync(place.transcript, text);

describe("the end of a check", () => {
  it("proves a tree that is the same as when it began, and no other (RUN-012)", async () => {
    await place.hook(event("PreToolUse"));
    place.write("file.txt", "two\n");
    tell(rolloutEnd("call_1", 0, "npm test"));
    await place.hook(event("PostToolUse"));
    expect(place.checks()).toMatchObject([{ exitCode: 0, durationMs: 1500, source: sources.hook }]);
    expect(place.checks()[0]).not.toHaveProperty("treeDigest");
    await place.hook(event("PreToolUse", { tool_use_id: "call_2" }));
    tell(rolloutEnd("call_2", 0, "npm test"));
    await place.hook(event("PostToolUse", { tool_use_id: "call_2" }));
    expect(place.checks()).toMatchObject([{ exitCode: 0, treeDigest: expect.any(String) }]);
  });

  it("proves no tree where nobody saw it begin (RUN-012)", async () => {
    tell(rolloutEnd("call_1", 0, "npm test"));
    await place.hook(event("PostToolUse"));
    expect(place.checks()).toMatchObject([{ exitCode: 0, source: sources.hook }]);
    expect(place.checks()[0]).not.toHaveProperty("treeDigest");
  });

  it("is not one of another call of the same id that ended before this one began (RUN-020)", async () => {
    tell(rolloutEnd("call_1", 0, "npm test"));
    await place.hook(event("PreToolUse"));
    await place.hook(event("Stop"));
    expect(place.checks()).toEqual([]);
    expect(place.pending()).toHaveLength(1);
    await place.hook(event("PostToolUse"));
    expect(place.checks()).toMatchObject([{ source: sources.reported }]);
    expect(place.checks()[0]).not.toHaveProperty("exitCode");
  });

  it("without an exit code never takes the place of one that is known (RUN-014)", async () => {
    tell(rolloutEnd("call_1", 7, "npm test"));
    await place.hook(event("PostToolUse"));
    await place.hook(event("PostToolUse", { tool_use_id: "call_2" }));
    expect(place.checks()).toMatchObject([{ exitCode: 7, source: sources.hook }]);
  });

  it("is found by any event of the session that comes later, with the command that it began with (RUN-023)", async () => {
    await place.hook(event("PreToolUse", { tool_input: { command: `API_KEY=${word} npm test --token=abc` } }));
    tell(rolloutEnd("call_1", 2, "npm test"));
    await place.hook(event("PostToolUse", { tool_use_id: "call_2", tool_input: { command: "ls" } }));
    expect(place.checks()).toMatchObject([{ command: "npm test --token=…", exitCode: 2, source: sources.hook }]);
    expect(place.checks()[0]?.treeDigest).toBeDefined();
  });

  it("keeps of a check that runs its safe shape and digests alone (RUN-011)", async () => {
    await place.hook(event("PreToolUse", { tool_input: { command: `PASSWORD=${word} npm test ./some/path` } }));
    const [file] = place.pending();
    expect(file).toMatch(/^[0-9a-f]{32}$/);
    const kept = JSON.parse(execFileSync("cat", [join(place.home, "pending", file ?? "")], { encoding: "utf8" }));
    expect(Object.keys(kept).sort()).toEqual(["argvDigest", "command", "logBytes", "treeDigest"]);
    expect(kept.command).toBe("npm test …");
  });

  it("is waited for a day, and of a bounded number of checks (RUN-011)", async () => {
    await place.hook(event("PreToolUse"));
    const folder = join(place.home, "pending");
    const [first = ""] = place.pending();
    const old = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(folder, first), old, old);
    await place.hook(event("PreToolUse", { tool_use_id: "call_2" }));
    expect(place.pending()).toHaveLength(1);
    expect(place.pending()).not.toContain(first);
    for (let n = 1; n < mostBegun; n++) writeFileSync(join(folder, `${n}`), "{}");
    await place.hook(event("PreToolUse", { tool_use_id: "call_3" }));
    expect(place.pending()).toHaveLength(mostBegun);
  });

  it("counts in a folder of the repository, and nowhere else, whatever folder a model gives (RUN-013)", async () => {
    const other = join(place.root, "other");
    mkdirSync(join(place.repository, "below"));
    execFileSync("git", ["init", "-q", other], { env: place.env });
    const nested = join(place.repository, "nested");
    execFileSync("git", ["init", "-q", nested], { env: place.env });
    const run = async (id: string, cwd: string, command: string) => {
      const more = { tool_use_id: id, cwd, tool_input: { command } };
      await place.hook(event("PreToolUse", more));
      tell(rolloutEnd(id, 0, command));
      await place.hook(event("PostToolUse", more));
    };
    await run("call_1", other, "npm test");
    await run("call_2", nested, "npm test");
    await run("call_3", place.repository, `cd ${other} && npm test`);
    await run("call_4", join(place.root, "gone"), "npm test");
    expect(place.checks()).toEqual([]);
    expect(place.dropped()).toEqual([]);
    await run("call_5", join(place.repository, "below"), "npm test");
    await run("call_6", place.repository, "cd below && make");
    expect(place.checks().map(({ command }) => command)).toEqual(["make", "npm test"]);
  });

  it("runs no program that a repository of a model names (RUN-013)", async () => {
    const trap = join(place.root, "trap");
    const sprung = join(place.root, "sprung");
    execFileSync("git", ["init", "-q", trap], { env: place.env });
    writeFileSync(join(trap, ".gitattributes"), "* filter=trap\n");
    writeFileSync(join(trap, "x"), "x");
    execFileSync("git", ["-C", trap, "config", "filter.trap.clean", `touch ${sprung}`], { env: place.env });
    for (const command of ["npm test", `cd ${trap} && npm test`]) {
      const more = { cwd: trap, tool_input: { command } };
      await place.hook(event("PreToolUse", more));
      await place.hook(event("PostToolUse", more));
      await place.hook(event("Stop", { cwd: trap }));
    }
    expect(readdirSync(place.root)).not.toContain("sprung");
  });
});

describe("what a model may have reported", () => {
  const told = { name: "mcp", isHearsay: true } as const;
  const ran = (command: string, dir = place.repository) => rolloutEnd("call_1", 0, command, dir);

  it.each(["PostToolUse", "Stop"])("is proof where the rollout has this very check (RUN-024, %s)", async (name) => {
    await place.hook(event("PreToolUse"), told);
    tell(ran("npm test"));
    await place.hook(event(name), told);
    expect(place.checks()).toMatchObject([{ exitCode: 0, source: sources.hook, treeDigest: expect.any(String) }]);
  });

  it.each([
    ["another command", () => rolloutHead(session) + ran("echo npm test")],
    ["another check", () => rolloutHead(session) + ran("cargo test")],
    ["another folder", () => rolloutHead(session) + ran("npm test", place.root)],
    ["no folder", () => rolloutHead(session) + ran("npm test").replace("file:", "none:")],
    ["another session", () => rolloutHead("another") + ran("npm test")],
    ["a file that is no rollout", () => ran("npm test")],
  ])("is no more than reported with %s (RUN-024)", async (_, text) => {
    await place.hook(event("PreToolUse", { transcript_path: null }), told);
    writeFileSync(place.transcript, text());
    await place.hook(event("PostToolUse"), told);
    expect(place.checks()).toMatchObject([{ command: "npm test", source: sources.reported }]);
    expect(place.checks()[0]).not.toHaveProperty("exitCode");
  });

  it("of the beginning of a check becomes no proof by the end of what is none (RUN-024)", async () => {
    await place.hook(event("PreToolUse", { transcript_path: null }), told);
    tell(ran("true") + ran("npm test", place.root));
    await place.hook(event("Stop"), told);
    expect(place.checks()).toEqual([]);
    tell(ran("cargo test"));
    await place.hook(event("Stop"), told);
    expect(place.checks()).toMatchObject([{ command: "cargo test", exitCode: 0, source: sources.hook }]);
  });
});

describe("a hook that cannot do its work", () => {
  it("still prints an envelope at SessionStart, and says why", async () => {
    writeFileSync(place.home, "a file in the place of the directory");
    const output = JSON.parse(await place.hook(event("SessionStart", { source: "startup" })));
    expect(output.hookSpecificOutput.additionalContext).toBe("Baton brief: not available, error[BTN-H01].\n");
    for (const name of ["PreToolUse", "PostToolUse", "Stop", "SessionEnd", "Interrupt"])
      expect(await place.hook(event(name))).toBe("");
  });

  it("counts what it lost, and the next header tells", async () => {
    mkdirSync(place.home, { recursive: true });
    writeFileSync(join(place.home, "config.json"), "{");
    await place.hook(event("PreToolUse", { tool_input: { command: "ls" } }));
    await place.hook(event("PostToolUse", { tool_input: { command: "ls" } }));
    expect(place.dropped()).toEqual([]);
    await place.hook(event("PostToolUse"));
    expect(place.dropped()).toEqual([[dropReasons.HOME, 1]]);
  });

  it("names the repository by its files where git is missing, and proves nothing", async () => {
    const env = { ...place.env, PATH: join(place.root, "nothing") };
    await place.hook(event("PreToolUse"), { env });
    tell(rolloutEnd("call_1", 1, "npm test"));
    await place.hook(event("PostToolUse"), { env });
    await place.hook(event("SessionEnd"), { env });
    expect(place.checks()).toMatchObject([{ source: sources.hook }]);
    expect(place.checks()[0]).not.toHaveProperty("commit");
    expect(place.sessions()).toHaveLength(1);
    const output = JSON.parse(await place.hook(event("SessionStart", { source: "startup" }), { env }));
    expect(output.hookSpecificOutput.additionalContext).toContain("git did not answer");
    expect(place.dropped()).toEqual([]);
  });

  it("records nothing outside of a repository, and prints the brief of the machine", async () => {
    const dir = join(place.root, "outside");
    mkdirSync(dir);
    const output = JSON.parse(await place.hook(event("SessionStart", { cwd: dir, source: "startup" }), { dir }));
    expect(output.hookSpecificOutput.additionalContext).toContain("nothing is recorded for this directory");
    for (const name of ["PreToolUse", "PostToolUse", "Stop", "SessionEnd"])
      await place.hook(event(name, { cwd: dir }), { dir });
    expect([place.checks(), place.sessions(), place.pending(), place.dropped()]).toEqual([[], [], [], []]);
  });

  it("waits for git no longer than its budget", async () => {
    const slow = join(place.root, "slow");
    mkdirSync(slow);
    writeFileSync(join(slow, "git"), "#!/bin/sh\nexec sleep 20\n");
    chmodSync(join(slow, "git"), 0o755);
    const env = { HOME: place.env.HOME, PATH: `${slow}:${place.env.PATH}` };
    const began = performance.now();
    const output = JSON.parse(await place.hook(event("SessionStart", { source: "startup" }), { env }));
    expect(performance.now() - began).toBeLessThan(5000);
    expect(output.hookSpecificOutput.additionalContext).toMatch(/^Baton brief at /);
    expect(place.sessions()).toHaveLength(1);
    rmSync(slow, { recursive: true });
  });
});
