import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guardRecord } from "../../src/guard/record.js";
import type { BatonError } from "../../src/record/error.js";
import { splitStamp } from "../../src/record/stamp.js";
import { systemFiles, type WriterFiles } from "../../src/segment/files.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { readSeal, sealBytes } from "../../src/segment/header.js";
import { highestStamp } from "../../src/segment/seed.js";
import { maxSegmentBytes, openWriter, type WriterInit } from "../../src/segment/writer.js";
import { idOf } from "./build.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baton-writer-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const start = 1_700_000_000_000;

/** A clock that stands still until it is moved, by both hands or by one. */
function stoppedClock() {
  const clock = { wall: start, monotonic: 0 };
  return {
    clock: () => ({ ...clock }),
    move: (wall: number, monotonic = wall) =>
      Object.assign(clock, { wall: clock.wall + wall, monotonic: clock.monotonic + monotonic }),
  };
}

/** Makes calls of a function fail: those whose number, from 1, is listed. */
function failing(name: keyof WriterFiles, code: string, calls: readonly number[]): WriterFiles {
  let count = 0;
  const original = systemFiles[name] as (...args: unknown[]) => unknown;
  const fault = (...args: unknown[]) => {
    count++;
    if (!calls.includes(count)) return original(...args);
    throw Object.assign(new Error("injected"), { code });
  };
  return { ...systemFiles, [name]: name === "sync" ? async (...args: unknown[]) => fault(...args) : fault };
}

/** Writes of which those with a listed number take `bytes` bytes only, and the next one fails, as a full disk does. */
function tearing(code: string, calls: readonly number[], bytes: number): WriterFiles {
  const files = failing(
    "write",
    code,
    calls.map((call) => call + 1),
  );
  let count = 0;
  return {
    ...files,
    write: (fd, data, from, to) => {
      count++;
      return files.write(fd, data, from, calls.includes(count) ? Math.min(to - 1, from + bytes) : to);
    },
  };
}

function writerOf(init: Partial<WriterInit> = {}) {
  return openWriter({ dir, durability: "written", writerName: "test", writerVersion: "0", now: () => start, ...init });
}

let noteNumber = 0;
function note(text = `note ${++noteNumber}`, stamp = 0n) {
  return guardRecord({ stamp, handoffNote: { id: "n-0123456789abcdef", text } });
}

function write(writer: ReturnType<typeof writerOf>, ...texts: string[]) {
  const acks = texts.map((text) => writer.put(note(text)));
  writer.commit();
  return acks;
}

const errorOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as BatonError).code;
  }
  return undefined;
};

/** The texts that a reader counts, with their numbers. */
function loaded() {
  const folder = readFolder(dir);
  return [...recordsOf(folder)].map(({ seq, payload }) => `${seq} ${Buffer.from(payload.subarray(-1))}`);
}

const segments = () => readFolder(dir).segments.map(({ scanned }) => scanned);

describe("a writer", () => {
  it("creates no file before the first record, and then one of its own, 0600, with O_EXCL (SEG-040)", () => {
    const writer = writerOf();
    expect(readdirSync(dir)).toEqual([]);
    const [ack] = write(writer, "a");
    expect(readdirSync(dir)).toEqual([`${ack!.segment}.seg`]);
    expect(statSync(join(dir, `${ack!.segment}.seg`)).mode & 0o777).toBe(0o600);
    writer.close();
  });

  it("has what it acknowledged in the kernel before it is closed (SEG-041)", () => {
    const writer = writerOf();
    const acks = write(writer, "a", "b");
    expect(acks.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(loaded()).toEqual(["1 a", "2 b"]);
    writer.close();
  });

  it("seals what it closes, with the highest stamp (SEG-016, SEG-044)", () => {
    const writer = writerOf();
    writer.put(note("a", 7n << 40n));
    writer.put(note("b", (7n << 40n) + 5n));
    writer.close();
    const [segment] = segments();
    expect(segment).toMatchObject({ isSealed: true, isWhole: true, records: 2 });
    const bytes = segment!.data;
    const seal = readSeal(bytes, bytes.length - 46, bytes.length);
    expect(seal?.bytes).toBe(bytes.length - sealBytes);
    expect(seal?.maxStamp).toEqual(splitStamp((7n << 40n) + 5n));
  });

  it("goes on after short counts (SEG-041)", () => {
    const files: WriterFiles = {
      ...systemFiles,
      write: (fd, bytes, from, to) => systemFiles.write(fd, bytes, from, Math.min(to, from + 3)),
    };
    const writer = writerOf({ files });
    write(writer, "a", "b");
    writer.close();
    expect(segments()[0]).toMatchObject({ isSealed: true, records: 2 });
  });

  it("keeps to its own segment beside another one", () => {
    const [one, other] = [writerOf(), writerOf()];
    for (const text of ["a", "b", "c"]) for (const writer of [one, other]) write(writer, text);
    one.close();
    other.close();
    expect(segments().map(({ records, isWhole }) => [records, isWhole])).toEqual([
      [3, true],
      [3, true],
    ]);
    expect(loaded()).toHaveLength(6);
  });
});

describe("rolling", () => {
  it("keeps every segment below 8 MiB, sealed, with numbers that go on (SEG-014, SEG-044)", () => {
    const writer = writerOf();
    const texts = "word ".repeat(39);
    const count = 36_000;
    for (let i = 0; i < count; i++) writer.put(note(`${texts}x`));
    writer.close();
    const all = segments().sort((a, b) => a.cursor.firstSeq - b.cursor.firstSeq);
    expect(all.length).toBe(2);
    expect(all.every(({ isWhole, isSealed, size }) => isWhole && isSealed && size <= maxSegmentBytes)).toBe(true);
    expect(maxSegmentBytes - all[0]!.size).toBeLessThan(500);
    expect(all[1]!.cursor.firstSeq).toBe(all[0]!.cursor.lastSeq + 1);
    expect(all[1]!.cursor.lastSeq).toBe(count);
  });

  it("happens after 24 hours, and after an idle hour by any clock, also one that was set back", () => {
    const hour = 3_600_000;
    const steps: [number, number][] = [
      [hour + 1, 0],
      [0, hour + 1],
      [-hour - 1, 10],
    ];
    for (const [wall, monotonic] of steps) {
      const { clock, move } = stoppedClock();
      const writer = writerOf({ clock });
      const [first] = write(writer, "a");
      move(hour - 1);
      expect(write(writer, "b")[0]!.segment).toBe(first!.segment);
      move(wall, monotonic);
      expect(write(writer, "c")[0]!.segment).not.toBe(first!.segment);
      writer.close();
    }
    const { clock, move } = stoppedClock();
    const writer = writerOf({ clock });
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) {
      move(hour - 1);
      seen.add(write(writer, "a")[0]!.segment);
    }
    expect(seen.size).toBe(2);
    writer.close();
    expect(segments().every(({ isSealed }) => isSealed)).toBe(true);
  });
});

describe("a full disk", () => {
  for (const code of ["ENOSPC", "EDQUOT", "EFBIG"]) {
    it(`leaves whole frames alone, cuts the torn one, acknowledges nothing and goes on later (${code}, SEG-042)`, () => {
      const bytes = readSizes();
      const files = tearing(code, [3], bytes.frame + 5);
      const writer = writerOf({ files });
      const [first] = write(writer, "a");
      expect(errorOf(() => write(writer, "b", "c"))).toBe("BTN-S06");
      expect(loaded()).toEqual(["1 a", "2 b"]);
      expect(segments()[0]!.findings).toEqual([]);
      const [next] = write(writer, "d");
      expect(next).toEqual({ segment: first!.segment, seq: 3 });
      writer.close();
      expect(loaded()).toEqual(["1 a", "2 b", "3 d"]);
      expect(segments()[0]).toMatchObject({ isSealed: true, isWhole: true });
    });
  }

  it("leaves no empty file behind when not even the header fits", () => {
    const writer = writerOf({ files: tearing("ENOSPC", [1], 20) });
    expect(errorOf(() => write(writer, "a"))).toBe("BTN-S06");
    expect(readdirSync(dir)).toEqual([]);
    write(writer, "b");
    writer.close();
    expect(loaded()).toEqual(["1 b"]);
  });

  /** Bytes of one frame as these tests write it. */
  function readSizes() {
    const probe = mkdtempSync(join(tmpdir(), "baton-probe-"));
    const writer = writerOf({ dir: probe });
    write(writer, "a");
    const file = readFileSync(join(probe, readdirSync(probe)[0]!));
    const [record] = [...recordsOf(readFolder(probe))];
    rmSync(probe, { recursive: true });
    expect(record!.offset + record!.length).toBe(file.length);
    return { frame: record!.length };
  }
});

describe("any other failure", () => {
  it("of a write makes the writer leave the segment and write the batch again in a new one (SEG-043)", () => {
    const writer = writerOf({ files: tearing("EIO", [3], 30) });
    const [first] = write(writer, "a");
    const acks = write(writer, "b", "c");
    expect(acks.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(new Set(acks.map(({ segment }) => segment)).size).toBe(1);
    expect(acks[0]!.segment).not.toBe(first!.segment);
    expect(loaded().sort()).toEqual(["1 a", "2 b", "3 c"]);
    writer.close();
  });

  it("that goes on is an error, and the numbers of what was lost are not used again", () => {
    const writer = writerOf({ files: tearing("EIO", [3, 5], 90) });
    write(writer, "a");
    expect(errorOf(() => write(writer, "b"))).toBe("BTN-S07");
    expect(write(writer, "c")[0]!.seq).toBe(3);
    writer.close();
    expect(
      loaded()
        .filter((record) => !record.endsWith("b"))
        .sort(),
    ).toEqual(["1 a", "3 c"]);
  });

  it("of a sync moves everything that waited for it to a new segment, once (SEG-043)", async () => {
    const writer = writerOf({ durability: "durable", files: failing("sync", "EIO", [1]) });
    write(writer, "a");
    write(writer, "b");
    await writer.flush();
    write(writer, "c");
    await writer.flush();
    writer.close();
    expect(loaded().sort()).toEqual(["1 a", "2 b", "3 c"]);
    const whole = segments().filter(({ isSealed }) => isSealed);
    expect(whole.map(({ records }) => records)).toEqual([3]);
  });

  it("of every sync is never acknowledged, and nothing is lost when it works again", async () => {
    const syncs = [1, 2, 3, 4];
    const both = failing("sync", "EIO", syncs);
    const files = { ...both, syncNow: failing("syncNow", "EIO", syncs).syncNow };
    const writer = writerOf({ durability: "durable", files });
    write(writer, "a");
    for (let i = 0; i < 4; i++) await expect(writer.flush()).rejects.toMatchObject({ code: "BTN-S07" });
    await writer.flush();
    writer.close();
    expect(loaded()).toEqual(["1 a"]);
  });

  it("to create a segment says why, and the next record tries again", () => {
    const writer = writerOf({ files: failing("create", "EACCES", [1]) });
    expect(errorOf(() => write(writer, "a"))).toBe("BTN-H01");
    write(writer, "b");
    writer.close();
    expect(loaded()).toEqual(["1 b"]);
  });
});

describe("durable", () => {
  it("syncs the file and the folder before flush returns, the folder once per segment", async () => {
    const calls: string[] = [];
    const files: WriterFiles = {
      ...systemFiles,
      sync: async (fd) => {
        calls.push("file");
        await systemFiles.sync(fd);
      },
      syncFolder: () => calls.push("folder"),
    };
    const writer = writerOf({ durability: "durable", files });
    write(writer, "a");
    expect(calls).toEqual([]);
    await writer.flush();
    await writer.flush();
    write(writer, "b");
    await Promise.all([writer.flush(), writer.flush()]);
    expect(calls).toEqual(["file", "folder", "file"]);
    writer.close();
  });

  it("holds a bounded amount of what waits for a sync", () => {
    let syncs = 0;
    const files: WriterFiles = { ...systemFiles, syncNow: () => syncs++ };
    const writer = writerOf({ durability: "durable", files });
    for (let i = 0; i < 12_000; i++) writer.put(note("word ".repeat(39)));
    writer.commit();
    expect(syncs).toBeGreaterThan(1);
    writer.close();
  });
});

describe("a writer that slept", () => {
  it("writes its batch again when its file was deleted meanwhile (SEG-045)", () => {
    const { clock, move } = stoppedClock();
    const writer = writerOf({ clock });
    const [first] = write(writer, "a");
    unlinkSync(join(dir, `${first!.segment}.seg`));
    move(2000);
    const [second] = write(writer, "b");
    expect(second).toMatchObject({ seq: 2 });
    expect(second!.segment).not.toBe(first!.segment);
    writer.close();
    expect(loaded()).toEqual(["2 b"]);
  });
});

describe("drop counts", () => {
  it("stand in the header of the next segment that succeeds, each once", () => {
    const dropped = new Map([[1, 3]]);
    const writer = writerOf({ dropped, files: failing("create", "EACCES", [1]) });
    expect(errorOf(() => write(writer, "a"))).toBe("BTN-H01");
    expect(dropped.get(1)).toBe(3);
    write(writer, "b");
    expect(dropped.size).toBe(0);
    dropped.set(4, 2);
    writer.close();
    const told = segments().flatMap(({ header }) => header!.dropped);
    expect(told.sort((a, b) => a.reason - b.reason)).toEqual([
      { reason: 1, count: 3 },
      { reason: 4, count: 2 },
    ]);
  });
});

describe("the stamp that a recorder starts from", () => {
  const at = (ms: number, count = 0) => (BigInt(ms) << 16n) + BigInt(count);

  it("is the highest in sealed and open segments, what is over a day ahead left out (SEG-046)", () => {
    expect(highestStamp(dir, start)).toEqual({ low: 0, high: 0 });
    const open = writerOf();
    for (let i = 0; i < 2000; i++) open.put(note("word ".repeat(39), at(start, i)));
    open.commit();
    expect(highestStamp(dir, start)).toEqual(splitStamp(at(start, 1999)));
    const sealed = writerOf();
    sealed.put(note("a", at(start + 5000)));
    sealed.close();
    expect(highestStamp(dir, start)).toEqual(splitStamp(at(start + 5000)));
    const ahead = writerOf();
    ahead.put(note("a", at(start + 6000)));
    ahead.put(note("b", at(start + 2 * 86_400_000)));
    ahead.close();
    expect(highestStamp(dir, start)).toEqual(splitStamp(at(start + 6000)));
    open.close();
  });

  it("does not mind files that are no segments", () => {
    systemFiles.close(systemFiles.create(join(dir, `${idOf(1)}.seg`)));
    expect(highestStamp(dir, start)).toEqual({ low: 0, high: 0 });
  });
});
