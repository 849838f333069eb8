import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { splitStamp } from "../../src/record/stamp.js";
import { systemFiles, type WriterFiles } from "../../src/segment/files.js";
import { readSeal, sealBytes } from "../../src/segment/header.js";
import { maxSegmentBytes } from "../../src/segment/writer.js";
import { note, segmentsFolder, stoppedClock, write } from "./writing.js";

const { dir, writerOf, segments, loaded } = segmentsFolder();

describe("a writer", () => {
  it("creates no file before the first record, and then one of its own, 0600, with O_EXCL (SEG-040)", () => {
    const writer = writerOf();
    expect(readdirSync(dir())).toEqual([]);
    const [ack] = write(writer, "a");
    expect(readdirSync(dir())).toEqual([`${ack!.segment}.seg`]);
    expect(statSync(join(dir(), `${ack!.segment}.seg`)).mode & 0o777).toBe(0o600);
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

  it("lets all who wait while one sync runs share the next one, however they take turns", async () => {
    let syncs = 0;
    const sync = async (fd: number): Promise<void> => {
      syncs++;
      await systemFiles.sync(fd);
    };
    const writer = writerOf({ durability: "durable", files: { ...systemFiles, sync } });
    const [hosts, records] = [16, 10];
    const record = async (): Promise<void> => {
      for (let i = 0; i < records; i++) {
        write(writer, "a");
        await writer.flush();
      }
    };
    await Promise.all(Array.from({ length: hosts }, record));
    expect(syncs).toBeLessThanOrEqual(2 * records);
    writer.close();
    expect(loaded()).toHaveLength(hosts * records);
  });

  it("acknowledges no flush by a sync that began before it was asked for", async () => {
    const waiting: (() => void)[] = [];
    const files: WriterFiles = { ...systemFiles, sync: () => new Promise((done) => waiting.push(done)) };
    const writer = writerOf({ durability: "durable", files });
    const settled = async (): Promise<void> => new Promise((done) => setImmediate(done));
    const kept: string[] = [];
    write(writer, "a");
    const first = writer.flush().then(() => kept.push("a"));
    await settled();
    write(writer, "b");
    const second = writer.flush().then(() => kept.push("b"));
    waiting[0]?.();
    await first;
    await settled();
    expect(kept).toEqual(["a"]);
    waiting[1]?.();
    await second;
    expect(kept).toEqual(["a", "b"]);
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
