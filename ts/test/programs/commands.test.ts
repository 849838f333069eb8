/** The commands of `baton` as people type them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordTable } from "../../src/gen/tables.js";
import { encodeMessage } from "../../src/record/wire.js";
import { build as buildSegment, idOf } from "../segment/build.js";
import { instant, makePlace, ok, type Place } from "./harness.js";

let place: Place;
beforeAll(() => {
  place = makePlace();
});
afterAll(() => place.remove());

describe("baton", () => {
  it("prints a one-line brief where nothing was recorded, and makes no state directory for it", () => {
    const brief = ok(place.baton("resume"));
    expect(brief.trim().split("\n")).toHaveLength(1);
    expect(() => readFileSync(join(place.home, "install.key"))).toThrow("ENOENT");
  });

  it("refuses a note that may not be stored, names the rule and the remedy, and never the text", () => {
    const ended = place.baton("note", "call me at someone@example.com `now`");
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^error\[BTN-G01\]: .+\nhelp: .+/);
    expect(ended.stderr).not.toContain("someone");
    expect(ended.stdout).toBe("");
  });

  it("ends with 2 on arguments that it does not understand", () => {
    expect(place.baton("nonsense").status).toBe(2);
    expect(place.baton("point", "planet", "mars").status).toBe(2);
    expect(place.baton("next", "claim", "a-0123456789abcdef", "--lease", "soon").status).not.toBe(0);
    expect(place.baton("--help").status).toBe(0);
  });

  it("ends quietly where nobody reads its help any more", async () => {
    const child = spawn(process.execPath, ["dist/cli.js", "where", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (piece) => {
      stderr += piece;
    });
    const [status] = await once(child, "close");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("gives an id back, as a line or as JSON", () => {
    expect(ok(place.baton("next", "add", "one"))).toMatch(/^a-[0-9a-f]{16}\n$/);
    expect(JSON.parse(ok(place.baton("next", "add", "two", "--json"))).id).toMatch(/^a-[0-9a-f]{16}$/);
  });

  it("keeps one pull request in hand, the latest, and none after --clear", () => {
    ok(place.baton("point", "pr", "1"));
    ok(place.baton("point", "pr", "https://github.com/acme/proxy/pull/2"));
    const active = (): number[] =>
      JSON.parse(ok(place.baton("status", "--json")))
        .workspaces[0].pointers.filter(
          (one: { pointer: { type: string; active: boolean } }) =>
            one.pointer.type === "POINTER_TYPE_PR" && one.pointer.active,
        )
        .map((one: { pointer: { number: number } }) => one.pointer.number);
    expect(active()).toEqual([2]);
    ok(place.baton("point", "pr", "--clear"));
    expect(active()).toEqual([]);
  });

  it("passes through input, output, signals and the exit code of what it runs", () => {
    const script =
      "process.stdin.on('data', d => process.stdout.write(d)); process.stdin.on('end', () => { process.stderr.write('e\\n'); process.exitCode = 7; })";
    const ended = place.baton("run", "--", "node", "-e", script);
    expect(ended.status).toBe(7);
    expect(ended.stderr).toContain("e\n");
    expect(place.baton("run", "--", "sh", "-c", "kill -TERM $$").status).toBe(143);
  });

  it("says as a shell does that what it shall run is not there or cannot be run, and records nothing (RUN-003)", () => {
    const before = ok(place.baton("export", "--jsonl"));
    place.write("plain", "");
    for (const [program, status] of [
      ["no-such-program", 127],
      ["./plain", 126],
    ] as const) {
      const ended = place.baton("run", "--", program);
      expect(ended.status).toBe(status);
      expect(ended.stderr).toMatch(/^error\[BTN-A02\]: .+\nhelp: .+\n$/);
      expect(ended.stderr).not.toContain(program);
    }
    expect(ok(place.baton("export", "--jsonl"))).toBe(before);
  });

  it("writes what it exported back into another home, once, however often, and whatever its config.json says", () => {
    const lines = ok(place.baton("export", "--jsonl"));
    const other = join(place.root, "other");
    mkdirSync(other, { mode: 0o700 });
    writeFileSync(join(other, "config.json"), "{", { mode: 0o600 });
    const take = (): string => ok(place.batonWith(lines, "import", "--jsonl", "--home", other));
    take();
    take();
    const without = (text: string): string[] =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.stringify({ ...JSON.parse(line), segment: "" }));
    rmSync(join(other, "config.json"));
    expect(without(ok(place.baton("export", "--jsonl", "--home", other)))).toEqual(without(lines));
  });

  it("writes the brief to a file, as JSON too, and says plainly where it cannot", () => {
    const file = join(place.root, "brief.json");
    expect(ok(place.baton("resume", "--json", "--write", file))).toBe("");
    expect(readFileSync(file, "utf8")).toBe(ok(place.baton("resume", "--json")));
    const ended = place.baton("resume", "--write", join(place.root, "no-such-folder", "brief.txt"));
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^error\[BTN-A01\]: .+, ENOENT\nhelp: .+\n$/);
  });

  it("says of a state directory that is a file that it cannot be used, whatever is asked of it", () => {
    const file = join(place.root, "file");
    writeFileSync(file, "");
    for (const words of [["resume"], ["status"], ["verify"], ["next", "list"], ["export", "--jsonl"], ["note", "a"]]) {
      const ended = place.baton(...words, "--home", file);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toMatch(/^error\[BTN-H01\]: .+, not a directory\nhelp: .+\n$/);
    }
  });

  it("shows escaped what a segment from elsewhere hides from the terminal", () => {
    const home = join(place.root, "elsewhere");
    const segments = join(home, "segments");
    mkdirSync(segments, { recursive: true });
    const stamp = BigInt(instant) << 16n;
    const nextAction = {
      id: "a-\u001b[1m",
      text: "\u009b2J",
      state: 2,
      claimer: "\u202e",
      leaseUntil: instant + 60_000,
    };
    const payload = encodeMessage(recordTable, { stamp, observedAt: instant, workspace: "w\u001b[2J", nextAction });
    const frames = [{ kind: 20, seq: 1, payload }];
    writeFileSync(join(segments, "a.seg"), buildSegment({ segment: idOf(1), writer: idOf(2), frames }).bytes);
    const list = ok(place.baton("next", "list", "--workspace", "w\u001b[2J", "--home", home));
    expect(list).toBe("a-\\u{1b}[1m  \\u{202e} for 1m  \\u{9b}2J\n");
    expect(ok(place.baton("status", "--home", home))).toContain("w\\u{1b}[2J  next_action  1\n");
  });

  it("says where everything lies", () => {
    const { home, ...places } = JSON.parse(ok(place.baton("where", "--json")));
    expect(home).toBe(place.home);
    const page = readFileSync("docs/design.md", "utf8").split("\nsegments/<id>.seg")[1] ?? "";
    const listed = (page.split("```")[0] ?? "")
      .split("\n")
      .slice(1)
      .flatMap((line) => line.match(/^[\w.]+/) ?? []);
    expect(Object.keys(places).sort()).toEqual([...new Set(["segments", ...listed])].sort());
  });
});

describe("claims", () => {
  it("of 24 processes that claim one action at the same moment exactly one wins, in 20 rounds", async () => {
    const program = join(place.root, "claimer.cjs");
    await build({
      entryPoints: ["ts/test/programs/claimer.ts"],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error",
    });
    const claimers = Array.from({ length: 24 }, (_, i) => startClaimer(program, `worker-${i}`));
    try {
      for (let round = 0; round < 20; round += 1) {
        const id = ok(place.baton("next", "add", `round ${round}`)).trim();
        const ended = await Promise.all(claimers.map((claimer) => claimer.claim(id)));
        const winners = ended.filter(({ status }) => status === 0);
        expect(winners).toHaveLength(1);
        for (const { status, stderr } of ended.filter(({ status }) => status !== 0)) {
          expect(status).toBe(1);
          expect(stderr).toContain(`worker-${ended.findIndex((one) => one.status === 0)}`);
        }
      }
    } finally {
      for (const claimer of claimers) claimer.end();
    }
  }, 600_000);
});

/** A process that waits for the ids of actions to claim, so that all of them claim at one moment. */
function startClaimer(program: string, name: string) {
  const child = spawn(process.execPath, [program, "github.com/acme/proxy", name], {
    cwd: place.repository,
    env: place.env,
    stdio: ["pipe", "inherit", "pipe"],
  });
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  return {
    async claim(id: string): Promise<{ status: number; stderr: string }> {
      child.stdin.write(`${id}\n`);
      let stderr = "";
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`${name} is gone: ${stderr}`);
        const status = /^ended (\d+)$/.exec(value)?.[1];
        if (status !== undefined) return { status: Number(status), stderr };
        stderr += `${value}\n`;
      }
    },
    end: () => child.stdin.end(),
  };
}
