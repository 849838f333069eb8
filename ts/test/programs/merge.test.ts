/** The bounded merge as the programs do it: `baton` after its output is closed, the doctor as a witness. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guardKind, kindNamed } from "../../src/guard/record.js";
import { keyId } from "../../src/home/home.js";
import { nextStamp, noStamp } from "../../src/record/stamp.js";
import { openWriter } from "../../src/segment/writer.js";
import { instant, makePlace, ok, type Place } from "./harness.js";

const workspace = "github.com/acme/proxy";

let place: Place;
beforeEach(() => {
  place = makePlace();
  place.env.BATON_MERGE_MS = "60000";
});
afterEach(() => place.remove());

const segments = () => readdirSync(join(place.home, "segments"));

/** Leaves so many segments of a record each, as that many short-lived programs do. */
function leaveSegments(count: number): void {
  ok(place.baton("note", "makes the directory", "--workspace", workspace));
  const dir = join(place.home, "segments");
  const id = keyId(readFileSync(join(place.home, "install.key")));
  for (let i = 1; i < count; i++) {
    const [name, given] = [
      ["handoffNote", { id: `n-${String(i).padStart(16, "0")}`, text: `note ${i}` }],
      ["pointer", { type: "pr", number: (i % 40) + 1, active: i % 2 === 0 }],
      ["usageEvent", { v: 1, ts: instant - i, model: `m${i % 5}`, status: 200, ok: true }],
    ][i % 3] as [string, object];
    const kind = kindNamed(name)!;
    const writer = openWriter({
      dir,
      durability: "written",
      writerName: "t",
      writerVersion: "0",
      keyId: id,
      now: () => instant,
    });
    const stamp = nextStamp(noStamp, instant + i);
    const owner = kind.scope === "WORKSPACE" ? { workspace } : {};
    writer.put(guardKind(kind, given, { stamp, observedAt: instant, client: "cli", ...owner }));
    writer.close();
  }
}

/** What a program says of the state, without what names segments. */
function answersOf(ask: Place["baton"]): string[] {
  const status = JSON.parse(ok(ask("status", "--json")));
  delete status.machine.health.segments;
  const lines = ok(ask("export", "--jsonl")).replace(/"segment":"[0-9a-f]{32}",/g, "");
  return [JSON.stringify(status), ok(ask("resume")), ok(ask("resume", "--json")), lines];
}

describe("the merge of `baton`", () => {
  it("makes 2,000 segments few, and both programs answer as before, from caches and without (SEG-050, SEG-052)", async () => {
    leaveSegments(2000);
    const before = answersOf(place.doctor);
    expect(segments()).toHaveLength(2000);
    expect(ok(place.baton("status", "--json"))).toBe(
      ok(place.doctor("status", "--json")).replace(/"segments":"\d+"/, '"segments":"2000"'),
    );
    expect(segments().length).toBeLessThan(4);
    expect(answersOf(place.baton)).toEqual(before);
    expect(answersOf(place.doctor)).toEqual(before);
    for (const cache of ["latest.json", "index.redb"]) rmSync(join(place.home, cache), { force: true });
    expect(answersOf(place.doctor)).toEqual(before);
    expect(answersOf(place.baton)).toEqual(before);
    for (const command of [
      ["status", "--json"],
      ["export", "--jsonl"],
      ["verify", "--json"],
    ])
      expect(ok(place.doctor(...command))).toBe(ok(place.baton(...command)));
  }, 300_000);

  it("leaves a snapshot that is fresh", async () => {
    leaveSegments(300);
    ok(place.baton("status", "--json"));
    const snapshot = readFileSync(join(place.home, "latest.json"), "utf8");
    const { seen } = JSON.parse(snapshot.slice(snapshot.indexOf("\n")));
    expect(seen.map(({ cursor }: { cursor: { segment: string } }) => `${cursor.segment}.seg`)).toEqual(segments());
    ok(place.baton("resume"));
    expect(readFileSync(join(place.home, "latest.json"), "utf8")).toBe(snapshot);
  }, 60_000);

  it("is done by the MCP server at its end, by no command that only judges texts, and not at all with BATON_MERGE_MS=0", async () => {
    leaveSegments(300);
    place.env.BATON_MERGE_MS = "0";
    ok(place.baton("resume"));
    place.env.BATON_MERGE_MS = "60000";
    ok(place.batonWith("", "guard"));
    expect(segments()).toHaveLength(300);
    ok(place.batonWith("", "mcp"));
    expect(segments()).toHaveLength(1);
  }, 60_000);

  it("changes no exit code and prints nothing, where it can work and where it cannot", async () => {
    leaveSegments(300);
    const missing = place.baton("next", "done", "a-0000000000000000");
    expect(missing.status).toBe(1);
    expect(segments().length).toBeLessThan(4);
    leaveSegments(300);
    rmSync(join(place.home, "locks"), { recursive: true });
    writeFileSync(join(place.home, "locks"), "");
    const count = segments().length;
    expect(place.baton("status")).toMatchObject({ status: 0, stderr: "" });
    expect(segments()).toHaveLength(count);
  }, 60_000);

  it("is silent in a folder that nobody may write to", async () => {
    leaveSegments(300);
    const locked = [place.home, join(place.home, "segments")];
    for (const folder of locked) chmodSync(folder, 0o500);
    const command = [process.execPath, resolve("dist/cli.js"), "status"] as const;
    // The superuser may write anywhere: then somebody else has the folder.
    const isSuperuser = process.getuid?.() === 0;
    if (isSuperuser) ok(place.run("chown", "-R", "65534:65534", place.root));
    const other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] as const;
    const ended = isSuperuser
      ? place.run(other[0], ...other.slice(1), ...command)
      : place.run(command[0], ...command.slice(1));
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(ended.stdout).toContain("handoff_note");
    expect(segments()).toHaveLength(300);
    for (const folder of locked) chmodSync(folder, 0o700);
  }, 60_000);

  it("lets whoever reads the output go on before it starts", async () => {
    leaveSegments(300);
    mkdirSync(join(place.home, "locks"));
    const child = spawn(process.execPath, [resolve("dist/cli.js"), "status", "--json"], {
      env: place.env,
      cwd: place.repository,
    });
    let atEnd = 0;
    child.stdout.on("data", () => {});
    child.stdout.once("end", () => {
      atEnd = segments().length;
    });
    const status = await new Promise((done) => child.once("exit", done));
    expect(status).toBe(0);
    expect(atEnd).toBe(300);
    expect(segments()).toHaveLength(1);
    expect(existsSync(join(place.home, "latest.json"))).toBe(true);
  }, 60_000);
});
