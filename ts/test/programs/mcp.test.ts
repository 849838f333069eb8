/** `baton mcp`, the built program, asked with the official client. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hookTool } from "../../src/integrations/codex/hooks.js";
import { mostWrites } from "../../src/integrations/mcp/limit.js";
import { instructions } from "../../src/integrations/mcp/server.js";
import { makePlace, ok, type Place } from "./harness.js";
import { loadedBy } from "./loaded.js";

const word = "hunter2hunter2";
let place: Place;
const open: Client[] = [];

beforeEach(() => {
  place = makePlace();
  place.git("commit", "-q", "--allow-empty", "-m", "start");
});

afterEach(async () => {
  for (const client of open.splice(0)) await client.close();
  place.remove();
});

/** A client whose server runs in the repository of the place. */
async function connect(): Promise<Client> {
  return (await start()).client;
}

async function start(): Promise<{ client: Client; transport: StdioClientTransport }> {
  const client = new Client({ name: "test", version: "1" });
  open.push(client);
  const env = Object.fromEntries(Object.entries(place.env).map(([name, value]) => [name, value ?? ""]));
  const args = [resolve("dist/cli.js"), "mcp"];
  const transport = new StdioClientTransport({ command: process.execPath, args, env, cwd: place.repository });
  await client.connect(transport);
  return { client, transport };
}

async function call(client: Client, name: string, input: object = {}): Promise<{ text: string; isError: boolean }> {
  const result = await client.callTool({ name, arguments: { ...input } });
  const [content] = result.content as { text: string }[];
  return { text: content?.text ?? "", isError: result.isError === true };
}

describe("baton mcp", () => {
  it("loads neither the command line's parser nor the JSON of protobuf nor a validator of schemas", () => {
    const text = loadedBy("server").join("");
    for (const mark of ["CommanderError", "fromBinary", "ajv"]) expect(text).not.toContain(mark);
    expect(text).toContain("tools/call");
    expect(text.length).toBeLessThan(600_000);
  });

  it("names resume within the first 250 characters of its instructions", async () => {
    const client = await connect();
    expect(client.getInstructions()).toBe(instructions);
    expect(instructions.slice(0, 250)).toContain("resume");
  });

  it("says of every tool whether it writes, and of none that it destroys or leaves this machine", async () => {
    const { tools } = await (await connect()).listTools();
    const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name);
    expect(reading.sort()).toEqual(["next_list", "resume", "validation_list"]);
    for (const { annotations, name } of tools) {
      expect(annotations?.openWorldHint, name).toBe(false);
      if (!reading.includes(name)) expect(annotations?.destructiveHint, name).toBe(false);
    }
  });

  it("gives the brief that baton gives", async () => {
    ok(place.baton("observe"));
    ok(place.baton("run", "--quiet", "--", "git", "--version"));
    const expected = ok(place.baton("resume"));
    expect((await call(await connect(), "resume")).text).toBe(expected);
  });

  it("records what the next session reads", async () => {
    const client = await connect();
    expect((await call(client, "note", { text: "the limit moved to the store", category: "decision" })).isError).toBe(
      false,
    );
    expect((await call(client, "point", { type: "pr", value: "42" })).text).toBe("pr set");
    const added = await call(client, "next_add", { text: "write the release note" });
    const id = /a-[0-9a-f]{16}/.exec(added.text)?.[0];
    expect((await call(client, "next_claim", { id, as: "anna", lease_minutes: 30 })).text).toBe(
      "claimed for 30 minutes",
    );
    const brief = ok(place.baton("resume"));
    expect(brief).toContain('decision: "the limit moved to the store"');
    expect(brief).toContain("PR #42");
    expect(brief).toContain(`claimed: ${id} "write the release note", by anna, lease 30m left`);
    expect((await call(client, "next_list")).text).toBe(`${id} "write the release note", claimed by anna, 30m left\n`);
    expect((await call(client, "next_done", { id })).text).toBe("done");
    expect((await call(client, "next_list")).text).toBe("nothing to do\n");
  });

  it("lists checks with their verdicts", async () => {
    ok(place.baton("run", "--quiet", "--label", "version", "--", "git", "--version"));
    const client = await connect();
    expect((await call(client, "validation_list")).text).toMatch(/^check fresh: version `git --version` passed/);
    place.write("new.txt", "changed");
    expect((await call(client, "validation_list")).text).toMatch(/^check dirty: version/);
  });

  it("answers a text that may not be stored with an error, the rule and a remedy, never the text", async () => {
    const client = await connect();
    const refused = await call(client, "note", { text: `see https://user:${word}@example.org/x` });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain("error[BTN-G01]");
    expect(refused.text).toContain("help: ");
    expect(refused.text).not.toContain(word);
    expect((await call(client, "next_done", { id: "a-0000000000000000" })).text).toContain("error[BTN-C02]");
  });

  it("takes no more from one session than its limit, and keeps answering", async () => {
    const client = await connect();
    for (let n = 0; n < mostWrites; n++) await call(client, "next_add", { text: `thing number ${n}` });
    const refused = await call(client, "note", { text: "one too many" });
    expect([refused.isError, refused.text.slice(0, 16)]).toEqual([true, "error[BTN-M01]: "]);
    expect((await call(client, "next_list")).text.split("\n").filter(Boolean)).toHaveLength(mostWrites);
  });

  it("serves several at once, each with a segment of its own, and one of two that claim gets it", async () => {
    const clients = await Promise.all([connect(), connect(), connect()]);
    const [first] = clients;
    if (first === undefined) throw new Error("no client");
    const id = /a-[0-9a-f]{16}/.exec((await call(first, "next_add", { text: "only once" })).text)?.[0];
    const claims = await Promise.all(clients.map((client) => call(client, "next_claim", { id })));
    expect(claims.filter((claim) => !claim.isError)).toHaveLength(1);
    expect(claims.filter((claim) => claim.text.includes("error[BTN-C01]"))).toHaveLength(2);
  });

  it("takes events of hooks: its text is the envelope at SessionStart, else empty", async () => {
    const client = await connect();
    const event = (hook_event_name: string, more: object = {}) =>
      call(client, hookTool, {
        hook_event_name,
        session_id: "session",
        transcript_path: null,
        cwd: place.repository,
        ...more,
      });
    const started = await event("SessionStart", { source: "startup" });
    expect(JSON.parse(started.text)).toEqual({
      hookSpecificOutput: {
        hookEventName: "SessionStart",
        additionalContext: "Baton brief at 2026-11-23 17:13Z: nothing is recorded for github.com/acme/proxy.\n",
      },
    });
    const silent = { text: "", isError: false };
    const check = { tool_use_id: "call_1", command: "npm test" };
    expect(await event("PreToolUse", check)).toEqual(silent);
    expect(await event("PostToolUse", check)).toEqual(silent);
    for (const name of ["Stop", "Interrupt", "PreCompact", "NoSuchEvent", ""])
      expect(await event(name), name).toEqual(silent);
    expect((await call(client, hookTool, { hook_event_name: "SessionStart" })).text).toContain("additionalContext");
    expect((await call(client, "validation_list")).text).toMatch(
      /^check reported: `npm test` exit not known, not proof, 0m ago\n$/,
    );
    expect(readdirSync(join(place.home, "segments"))).toHaveLength(1);
  });

  it("counts events of hooks apart from what models write", async () => {
    const client = await connect();
    const event = { hook_event_name: "SessionEnd", session_id: "session" };
    for (let n = 0; n <= mostWrites; n++) expect((await call(client, hookTool, event)).text).toBe("");
    expect((await call(client, "note", { text: "still free" })).isError).toBe(false);
  });

  it.skipIf(process.platform === "win32")("seals its segment on SIGTERM, with its input still open", async () => {
    const { client, transport } = await start();
    await call(client, "note", { text: "sealed at the end" });
    const closed = new Promise<void>((resolve) => {
      client.onclose = resolve;
    });
    process.kill(transport.pid ?? 0, "SIGTERM");
    await closed;
    expect(ok(place.baton("verify"))).toMatch(/ yes +counts +seal /);
  });

  it("leaves no segment where it only read, and seals its segment when its input ends", async () => {
    const reader = await connect();
    await call(reader, "resume");
    await reader.close();
    expect(readdirSync(place.root)).not.toContain("state");
    const writer = await connect();
    await call(writer, "note", { text: "sealed at the end" });
    await writer.close();
    expect(readdirSync(join(place.home, "segments"))).toHaveLength(1);
    expect(ok(place.baton("verify"))).toMatch(/ yes +counts +seal /);
  });
});
