import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Record as ProtoRecord, RecordSchema } from "../../src/gen/baton/state/v1/record_pb.js";
import { errors } from "../../src/gen/tables.js";
import { alias } from "../../src/home/home.js";
import { type Baton, type BatonInit, openBaton, version } from "../../src/index.js";
import { createRecorder } from "../../src/library/recorder.js";
import { createSafeQueue, dropReasons, maxQueued } from "../../src/library/safe.js";
import { batonError } from "../../src/record/error.js";
import { systemFiles } from "../../src/segment/files.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";

let home: string;
const opened: Baton[] = [];
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), "baton-library-")), "state");
  vi.stubEnv("BATON_NOW", "1700000000000");
});
afterEach(async () => {
  for (const baton of opened.splice(0)) await baton.safe.close();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(join(home, ".."), { recursive: true, force: true });
});

const workspace = "github.com/owner/repo";

function open(init: Partial<BatonInit> = {}): Baton {
  const baton = openBaton({ client: "cli", home, workspace, ...init });
  opened.push(baton);
  return baton;
}

const folder = () => readFolder(join(home, "segments"));
const loaded = (): ProtoRecord[] => [...recordsOf(folder())].map(({ payload }) => fromBinary(RecordSchema, payload));
const texts = () => loaded().map(({ kind }) => (kind.case === "handoffNote" ? kind.value.text : kind.case));
const drops = () =>
  Object.fromEntries(
    folder().segments.flatMap(({ scanned }) => scanned.header!.dropped.map((d) => [d.reason, d.count])),
  );

function errorOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
}

describe("openBaton", () => {
  it("does no I/O and never throws; the first record makes the directory, the key and one segment", () => {
    const baton = open();
    expect(existsSync(home)).toBe(false);
    baton.record("handoffNote", { text: "hello" });
    expect(readdirSync(home).sort()).toEqual(["install.key", "segments"]);
    expect(readdirSync(join(home, "segments"))).toHaveLength(1);
    expect(() => openBaton({ client: "cli", home: "\0" })).not.toThrow();
  });

  it("gives back the place of a record that is already in the kernel", () => {
    const baton = open();
    const first = baton.record("validation", { command: "npm test", exitCode: 0, source: "run" });
    const second = baton.record("validation", { command: "npm test", exitCode: 1, source: "run" });
    expect([first.seq, second.seq]).toEqual([1, 2]);
    const placed = [...recordsOf(folder())];
    expect(placed.map(({ segment, seq }) => ({ segment, seq }))).toEqual([first, second]);
  });

  it("fills in stamp, time, client, workspace and the alias of the session", () => {
    const baton = open({ session: "thread 4711" });
    baton.record("sessionMark", { phase: "start" });
    baton.record("configFact", { subject: "proxy", name: "version", value: "1.2.3" }, { observedAt: 5 });
    const [mark, fact] = loaded();
    const session = alias(readFileSync(join(home, "install.key")), "session", "s-", "thread 4711");
    expect(mark).toMatchObject({
      stamp: 1_700_000_000_000n << 16n,
      observedAt: 1_700_000_000_000n,
      workspace,
      client: 1,
    });
    expect(mark?.session).toBe(session);
    expect(fact).toMatchObject({ stamp: (1_700_000_000_000n << 16n) + 1n, observedAt: 5n });
    expect(fact?.workspace).toBeUndefined();
    expect(readFileSync(join(home, "segments", readdirSync(join(home, "segments"))[0]!)).includes("4711")).toBe(false);
  });

  it("gives notes and actions an id, and opens actions", () => {
    const baton = open();
    const note = baton.record("handoffNote", { text: "hello" });
    const action = baton.record("nextAction", { text: "rebase" });
    const again = baton.record("nextAction", { id: action.id, text: "rebase", state: "done" });
    expect(note.id).toMatch(/^n-[0-9a-f]{16}$/);
    expect(action.id).toMatch(/^a-[0-9a-f]{16}$/);
    expect(again.id).toBe(action.id);
    expect(loaded().map(({ kind }) => kind.value)).toMatchObject([
      { id: note.id },
      { id: action.id, state: 1 },
      { id: action.id, state: 3 },
    ]);
  });

  it("takes the workspace of the repository that the process stands in, without starting git", () => {
    vi.spyOn(process, "cwd").mockReturnValue(join(home, "..", "repository", "inside"));
    mkdirSync(join(home, "..", "repository", ".git"), { recursive: true });
    writeFileSync(
      join(home, "..", "repository", ".git", "config"),
      '[remote "origin"]\n\turl = git@github.com:Me/It.git\n',
    );
    vi.stubEnv("PATH", "");
    open({ workspace: undefined }).record("handoffNote", { text: "hello" });
    expect(loaded().map((record) => record.workspace)).toEqual(["github.com/me/it"]);
  });

  it("needs a workspace for what belongs to one (BTN-H05)", () => {
    vi.spyOn(process, "cwd").mockReturnValue(tmpdir());
    const baton = open({ workspace: undefined });
    expect(errorOf(() => baton.record("handoffNote", { text: "hello" }))).toBe("BTN-H05");
    baton.record("handoffNote", { text: "hello" }, { workspace });
    baton.record("modelHealth", { provider: "p", model: "m" });
    expect(loaded().map((record) => record.workspace)).toEqual([workspace, undefined]);
  });

  it("throws what is refused, and records what comes after it", () => {
    const baton = open();
    expect(errorOf(() => baton.record("handoffNote", { text: "two\nlines" }))).toBe("BTN-G01");
    expect(errorOf(() => baton.record("nothing" as "pointer", {}))).toBe("BTN-R02");
    baton.record("handoffNote", { text: "hello" });
    expect(texts()).toEqual(["hello"]);
  });

  it("records a batch in order, up to the first record that is refused", () => {
    const baton = open();
    const note = (text: string) => ({ kind: "handoffNote", init: { text } }) as const;
    const acks = baton.recordAll([note("a"), note("b")]);
    expect(acks.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(errorOf(() => baton.recordAll([note("c"), note("two\nlines"), note("d")]))).toBe("BTN-G01");
    expect(texts()).toEqual(["a", "b", "c"]);
  });

  it("goes on from the highest stamp of the folder when the clock was set back (SEG-046)", async () => {
    const first = open();
    first.record("handoffNote", { text: "later" });
    await first.close();
    vi.stubEnv("BATON_NOW", "1699990000000");
    open().record("handoffNote", { text: "earlier" });
    const stamps = loaded().sort((a, b) => Number(a.observedAt) - Number(b.observedAt));
    expect(stamps.map(({ stamp }) => stamp)).toEqual([(1_700_000_000_000n << 16n) + 1n, 1_700_000_000_000n << 16n]);
  });

  it("flushes and closes when nothing was recorded, and records nothing once it is closed (BTN-R03)", async () => {
    const baton = open({ durability: "durable" });
    await baton.flush();
    await baton.close();
    await baton.close();
    expect(existsSync(home)).toBe(false);
    expect(errorOf(() => baton.record("handoffNote", { text: "late" }))).toBe("BTN-R03");
  });

  it("says which version it is", () => {
    expect(version).toBe((JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version);
  });
});

describe("the safe variant", () => {
  it("queues, and writes at the end of the tick", async () => {
    const { safe } = open();
    expect(safe.record("handoffNote", { text: "a" })).toBe(true);
    expect(existsSync(home)).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(texts()).toEqual(["a"]);
    safe.record("handoffNote", { text: "b" });
    await safe.flush();
    expect(texts()).toEqual(["a", "b"]);
  });

  it("gives way to the host between turns of a few milliseconds, however much is queued", async () => {
    const { safe } = open();
    for (let i = 0; i < maxQueued; i++) safe.record("handoffNote", { text: "a" });
    let now = performance.now();
    // Each look at the clock is a millisecond later.
    vi.spyOn(performance, "now").mockImplementation(() => now++);
    let turns = 0;
    let isFlushed = false;
    const flushed = safe.flush().then(() => {
      isFlushed = true;
    });
    for (; !isFlushed; turns++) await new Promise((resolve) => setImmediate(resolve));
    await flushed;
    vi.restoreAllMocks();
    expect(texts()).toHaveLength(maxQueued);
    expect(turns).toBeGreaterThan(50);
  });

  it("waits for a slow disk off the loop: the queue fills, what is too much is refused, and nothing that was taken is lost", async () => {
    const recorder = createRecorder({ client: "cli", home, workspace, durability: "durable" });
    const disk = vi.fn<() => Promise<void>>();
    let wakes = (): void => {};
    disk.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => {
        wakes = resolve;
      });
      await recorder.flush();
    });
    disk.mockImplementation(() => recorder.flush());
    const syncs = vi.spyOn(systemFiles, "syncNow");
    const queue = createSafeQueue({ ...recorder, flush: disk });
    let taken = 0;
    const record = (): boolean => queue.record("handoffNote", { text: "word ".repeat(39).trim() });
    while (disk.mock.calls.length === 0) {
      for (let i = 0; i < 1000 && record(); i++) taken++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (record()) taken++;
    expect(taken).toBeGreaterThan(maxQueued);
    expect(recorder.dropped.get(dropReasons.QUEUE)).toBeGreaterThan(0);
    expect(syncs).not.toHaveBeenCalled();
    wakes();
    await queue.drainInTurns();
    await recorder.flush();
    recorder.close();
    vi.restoreAllMocks();
    expect(texts()).toHaveLength(taken);
  });

  it("writes what is queued when the process exits", () => {
    const script = `
      import { openBaton } from ${JSON.stringify(resolve("ts/src/index.ts"))};
      const baton = openBaton({ client: "cli", home: ${JSON.stringify(home)}, workspace: ${JSON.stringify(workspace)} });
      for (let i = 0; i < 100; i++) baton.safe.record("handoffNote", { text: "note " + i });
      process.exit(0);`;
    execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
    expect(texts()).toHaveLength(100);
  });

  it("never throws, and counts what it drops by reason in the next header", async () => {
    const { safe } = open();
    safe.record("handoffNote", { text: "two\nlines" });
    safe.record("handoffNote", { text: "http://user:pass@example.org\n" });
    safe.record("nothing" as "pointer", {});
    safe.record("pointer", null as unknown as object);
    for (let i = 0; i < maxQueued; i++) safe.record("handoffNote", { text: "a" });
    expect(safe.record("handoffNote", { text: "b" })).toBe(false);
    await safe.close();
    expect(safe.record("handoffNote", { text: "c" })).toBe(false);
    expect(drops()).toEqual({ [dropReasons.GUARD]: 2, [dropReasons.DEFECT]: 2, [dropReasons.QUEUE]: 5 });
    expect(texts()).toHaveLength(maxQueued - 4);
  });

  it("survives a directory that cannot be used, and tells how much that cost once it can", async () => {
    writeFileSync(home, "in the way");
    const { safe } = open();
    safe.record("handoffNote", { text: "a" });
    safe.record("handoffNote", { text: "b" });
    await safe.flush();
    expect([...safe.dropped]).toEqual([[dropReasons.HOME, 2]]);
    rmSync(home);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 5000);
    safe.record("handoffNote", { text: "c" });
    await safe.flush();
    vi.restoreAllMocks();
    expect(texts()).toEqual(["c"]);
    expect(drops()).toEqual({ [dropReasons.HOME]: 2 });
    expect(safe.dropped.size).toBe(0);
  });

  it("counts what the host could not even make, for the reason that it gives", async () => {
    const { safe } = open();
    for (const error of [batonError(errors.HOME_CONFIG), batonError(errors.CLIENT_RATE), new Error("x"), "x"])
      safe.drop(error);
    await safe.close();
    expect(drops()).toEqual({ [dropReasons.HOME]: 1, [dropReasons.QUEUE]: 1, [dropReasons.DEFECT]: 2 });
  });
});

const isRoot = process.getuid?.() === 0;

describe("a disk that is full", () => {
  it.skipIf(!isRoot || process.platform !== "linux")(
    "loses nothing that was acknowledged (tmpfs of 64 KiB; needs root)",
    async ({ skip }) => {
      const disk = mkdtempSync(join(tmpdir(), "baton-disk-"));
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk]);
      } catch {
        rmSync(disk, { recursive: true });
        skip("nothing may be mounted here");
      }
      const baton = openBaton({ client: "cli", home: join(disk, "state"), workspace });
      try {
        let acknowledged = 0;
        const code = errorOf(() => {
          for (;;) {
            const text = "word ".repeat(1 + (acknowledged % 30)).trim();
            baton.recordAll(Array.from({ length: 5 }, () => ({ kind: "handoffNote", init: { text } }) as const));
            acknowledged += 5;
          }
        });
        expect(code).toBe("BTN-S06");
        const { segments } = readFolder(join(disk, "state", "segments"));
        expect(segments.map(({ scanned }) => scanned.findings)).toEqual([[]]);
        expect(segments[0]!.scanned.records).toBeGreaterThanOrEqual(acknowledged);
        expect(segments[0]!.scanned.records).toBeLessThan(acknowledged + 5);
      } finally {
        await baton.safe.close();
        execFileSync("umount", [disk]);
        rmSync(disk, { recursive: true });
      }
    },
  );

  it.skipIf(isRoot || process.platform === "win32")(
    "or a folder that is read-only is an error (needs another user than root)",
    () => {
      const baton = open();
      baton.record("handoffNote", { text: "a" });
      chmodSync(join(home, "segments"), 0o500);
      expect(errorOf(() => open().record("handoffNote", { text: "b" }))).toBe("BTN-H01");
      chmodSync(join(home, "segments"), 0o700);
    },
  );
});
