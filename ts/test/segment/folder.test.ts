import { mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readFolder, readNews, recordsOf } from "../../src/segment/folder.js";
import { fromHex } from "../../src/segment/hex.js";
import { verifyFolder } from "../../src/segment/verify.js";
import { type BuiltSegment, build, concat, flip, idOf, text } from "./build.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "baton-folder-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const [a, b, c, d] = [idOf(0xa), idOf(0xb), idOf(0xc), idOf(0xd)];
const [w, v, x] = [idOf(0x11), idOf(0x12), idOf(0x13)];

function put(init: BuiltSegment, name = `${init.segment}.seg`) {
  const built = build(init);
  writeFileSync(join(dir, name), built.bytes);
  return built;
}

/** The records that count, as "writer's last two digits:seq=payload". */
const counted = (folder = readFolder(dir)) =>
  [...recordsOf(folder)].map((r) => `${r.writer.slice(-2)}:${r.seq}=${Buffer.from(r.payload)}`);

const standings = () =>
  Object.fromEntries(
    readFolder(dir).segments.map(({ scanned, standing }) => [scanned.file.slice(-6, -4), standing.name]),
  );

const copyOf = (writer: string, seq: number) => ({
  payload: text(`record ${seq}`),
  origin: { writer: fromHex(writer), seq },
});

describe("a folder of segments", () => {
  it("gives the records of all segments in the byte order of the segment ids", () => {
    put({ segment: b, writer: w, frames: [{}] }, "1.seg");
    put({ segment: a, writer: v, frames: [{}, {}] }, "2.seg");
    expect(counted()).toEqual(["12:1=record 1", "12:2=record 2", "11:1=record 1"]);
  });

  it("is empty when it is not there", () => {
    expect(readFolder(join(dir, "none")).segments).toEqual([]);
  });

  it("takes regular files that end in .seg and nothing else", () => {
    const { bytes } = put({ segment: a, writer: w, frames: [{}] });
    writeFileSync(join(dir, "notes.txt"), bytes);
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.of(0xff, 0xfe), Buffer.from(".seg")]), bytes);
    symlinkSync(join(dir, `${a}.seg`), join(dir, "link.seg"));
    expect(readFolder(dir).segments.map(({ scanned }) => scanned.file)).toEqual([`${a}.seg`]);
  });

  it("reads the first 64 MiB of a file that is longer than any memory, and the other files (SEG-038)", () => {
    put({ segment: b, writer: w, frames: [{}] });
    const { bytes } = build({ segment: a, writer: v, frames: [{}] });
    const path = join(dir, `${a}.seg`);
    writeFileSync(path, bytes);
    truncateSync(path, 2 ** 40);
    expect(counted()).toEqual(["12:1=record 1", "11:1=record 1"]);
    expect(standings()).toMatchObject({ "0a": "COUNTS", "0b": "COUNTS" });
    const [first] = readFolder(dir).segments;
    expect(first?.scanned.size).toBe(2 ** 40);
    expect(first?.scanned.findings.map(({ type, offset, length }) => [type, offset, offset + length])).toEqual([
      ["OPEN_TAIL", bytes.length, 2 ** 26],
      ["OVERSIZED", 2 ** 26, 2 ** 40],
    ]);
  });

  it("leaves out what is foreign, damaged at its header or not a segment yet (SEG-030)", () => {
    writeFileSync(join(dir, "0f.seg"), "not a segment");
    writeFileSync(join(dir, "0e.seg"), "");
    writeFileSync(join(dir, "0d.seg"), flip(build({ segment: d, writer: w, frames: [{}] }).bytes, 200));
    expect(standings()).toEqual({ "0f": "UNREADABLE", "0e": "UNREADABLE", "0d": "UNREADABLE" });
    expect(verifyFolder(dir).problems).toBe(1);
  });

  it("counts the longest valid prefix of several copies of one segment (SEG-030)", () => {
    const { bytes, offsets } = put({ segment: a, writer: w, frames: [{}, {}, {}] });
    writeFileSync(join(dir, "0c.seg"), bytes.subarray(0, offsets[2]));
    writeFileSync(join(dir, "ff.seg"), concat(bytes.subarray(0, offsets[2]), new Uint8Array(4000)));
    expect(standings()).toEqual({ "0a": "COUNTS", "0c": "DUPLICATE", ff: "DUPLICATE" });
    expect(counted()).toHaveLength(3);
  });

  it("counts the smaller name of two equal copies", () => {
    const { bytes } = put({ segment: a, writer: w, frames: [{}] });
    writeFileSync(join(dir, "zz.seg"), bytes);
    expect(standings()).toEqual({ "0a": "COUNTS", zz: "DUPLICATE" });
  });

  it("counts equal records of one identity once, and keeps those that differ (SEG-015, SEG-033)", () => {
    put({ segment: a, writer: w, frames: [{}, {}] });
    put({ segment: b, writer: w, firstSeq: 2, frames: [{}, {}] });
    put({ segment: c, writer: w, frames: [{ payload: text("other") }] });
    expect(counted()).toEqual(["11:1=record 1", "11:2=record 2", "11:3=record 3", "11:1=other"]);
  });
});

describe("a compacted segment", () => {
  const compacted = (frames = [copyOf(w, 1), copyOf(w, 2), copyOf(v, 1)]): BuiltSegment => ({
    segment: c,
    writer: x,
    isSealed: true,
    frames,
    replaces: [
      { segment: a, bytes: 1_000_000 },
      { segment: b, bytes: 1_000_000 },
    ],
  });
  const all = ["11:1=record 1", "11:2=record 2", "12:1=record 1"];

  function putReplaced() {
    put({ segment: a, writer: w, frames: [{}, {}], isSealed: true });
    return put({ segment: b, writer: v, frames: [{}] });
  }

  it("stands for what it replaces, before and after that is deleted (SEG-031, SEG-032)", () => {
    putReplaced();
    put(compacted());
    expect(standings()).toEqual({ "0a": "REPLACED", "0b": "REPLACED", "0c": "COUNTS" });
    expect(counted()).toEqual(all);
    rmSync(join(dir, `${a}.seg`));
    expect(counted()).toEqual(all);
  });

  it.each([
    ["without a seal", { isSealed: false }, 0],
    ["while it is damaged", {}, 1],
  ])("is ignored %s while all that it replaces is there, and read as damaged after that", (_, changed, lost) => {
    putReplaced();
    const { bytes, offsets } = put({ ...compacted(), ...changed });
    if (lost > 0) writeFileSync(join(dir, `${c}.seg`), flip(bytes, (offsets[1]! + 12) * 8));
    expect(standings()).toEqual({ "0a": "COUNTS", "0b": "COUNTS", "0c": "IGNORED" });
    expect(counted()).toEqual(all);
    rmSync(join(dir, `${a}.seg`));
    expect(standings()).toEqual({ "0b": "COUNTS", "0c": "COUNTS" });
    expect(counted().sort()).toEqual(lost > 0 ? [all[0], all[2]] : all);
    rmSync(join(dir, `${b}.seg`));
    expect(standings()).toEqual({ "0c": "COUNTS" });
    expect(counted()).toEqual(lost > 0 ? [all[0], all[2]] : all);
  });

  it("leaves what stands behind the length that it replaces (SEG-032)", () => {
    put({ segment: a, writer: w, frames: [{}, {}], isSealed: true });
    const { offsets } = put({ segment: b, writer: v, frames: [{}, {}] });
    put({
      ...compacted(),
      replaces: [
        { segment: a, bytes: 1_000_000 },
        { segment: b, bytes: offsets[1]! },
      ],
    });
    expect(counted()).toEqual(["12:2=record 2", ...all]);
  });

  it("counts what two of them hold both once, the larger length of both being replaced", () => {
    const { offsets } = putReplaced();
    put(compacted());
    put({
      segment: d,
      writer: v,
      firstSeq: 50,
      isSealed: true,
      frames: [copyOf(w, 2)],
      replaces: [{ segment: a, bytes: offsets[0]! }],
    });
    expect(counted()).toEqual(all);
  });

  it("still stands for what it replaced when it is replaced itself (SEG-032)", () => {
    putReplaced();
    put(compacted());
    put({
      segment: d,
      writer: idOf(0x14),
      isSealed: true,
      frames: [copyOf(v, 1)],
      replaces: [{ segment: c, bytes: 1_000_000 }],
    });
    expect(standings()).toEqual({ "0a": "REPLACED", "0b": "REPLACED", "0c": "REPLACED", "0d": "COUNTS" });
    expect(counted()).toEqual(["12:1=record 1"]);
  });
});

describe("a reader that goes on from what it has seen", () => {
  const survive = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

  it("gives only what is new, in grown segments and new ones (SEG-035)", () => {
    const { bytes, offsets } = build({ segment: a, writer: w, frames: [{}, {}, {}], isSealed: true });
    writeFileSync(join(dir, "a.seg"), bytes.subarray(0, offsets[1]! + 7));
    const first = readFolder(dir);
    expect(counted(first)).toEqual(["11:1=record 1"]);
    writeFileSync(join(dir, "a.seg"), bytes);
    put({ segment: b, writer: v, frames: [{}] });
    const news = readNews(dir, survive(first.seen));
    expect(news && counted(news)).toEqual(["11:2=record 2", "11:3=record 3", "12:1=record 1"]);
    expect(news?.seen).toEqual(readFolder(dir).seen);
    const nothing = readNews(dir, survive(news?.seen ?? []));
    expect(nothing && counted(nothing)).toEqual([]);
  });

  it("opens a sealed segment again only once its file looks otherwise (SEG-035)", () => {
    const { bytes } = put({ segment: a, writer: w, frames: [{}], isSealed: true });
    const path = join(dir, `${a}.seg`);
    // What a file system keeps of a time may be more than utimes can set.
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const seen = survive(readFolder(dir).seen);
    writeFileSync(path, flip(bytes, 8 * 40));
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect(readNews(dir, seen)?.seen).toEqual(seen);
    utimesSync(path, 1_700_000_000, 1_700_000_001);
    expect(readNews(dir, seen)).toBeUndefined();
    rmSync(path);
    writeFileSync(path, bytes);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect(readNews(dir, seen)).toBeDefined();
  });

  it("opens all segments again that are open, compacted or named otherwise (SEG-035)", () => {
    put({ segment: a, writer: w, frames: [{}] });
    put({ segment: b, writer: v, isSealed: true, frames: [{}] }, "other.seg");
    put({ segment: c, writer: x, isSealed: true, replaces: [{ segment: d, bytes: 1 }], frames: [copyOf(v, 9)] });
    expect(readFolder(dir).seen.map(({ look }) => look)).toEqual([undefined, undefined, undefined]);
  });

  it("says that the cache is void when a segment that it need not open has a copy, or is replaced", () => {
    const { bytes } = put({ segment: a, writer: w, frames: [{}], isSealed: true });
    const seen = survive(readFolder(dir).seen);
    expect(seen[0]?.look).toBeDefined();
    writeFileSync(join(dir, "copy.seg"), bytes);
    expect(readNews(dir, seen)).toBeUndefined();
    rmSync(join(dir, "copy.seg"));
    const replaces = [{ segment: a, bytes: bytes.length }];
    put({ segment: b, writer: v, isSealed: true, replaces, frames: [copyOf(w, 1)] });
    expect(readNews(dir, seen)).toBeUndefined();
  });

  it("knows a segment with a long header again", () => {
    const replaces = Array.from({ length: 100 }, (_, i) => ({ segment: idOf(1000 + i), bytes: 1 }));
    put({ segment: a, writer: w, frames: [{}], isSealed: true, replaces });
    const news = readNews(dir, survive(readFolder(dir).seen));
    expect(news && counted(news)).toEqual([]);
  });

  it("says that the cache is void when a segment is gone, shorter, another one or replaced", () => {
    const { bytes, offsets } = put({ segment: a, writer: w, frames: [{}, {}] });
    const { seen } = readFolder(dir);
    expect(readNews(dir, seen)).toBeDefined();
    writeFileSync(join(dir, `${a}.seg`), bytes.subarray(0, offsets[1]));
    expect(readNews(dir, seen)).toBeUndefined();
    put({ segment: b, writer: v, frames: [{}, {}, {}] }, `${a}.seg`);
    expect(readNews(dir, seen)).toBeUndefined();
    rmSync(join(dir, `${a}.seg`));
    expect(readNews(dir, seen)).toBeUndefined();
    writeFileSync(join(dir, `${a}.seg`), bytes);
    put({ segment: c, writer: x, frames: [copyOf(w, 1)], isSealed: true, replaces: [{ segment: a, bytes: 9999 }] });
    expect(readNews(dir, seen)).toBeUndefined();
  });

  it("says so when a new record may be one that was counted already (SEG-033)", () => {
    put({ segment: a, writer: w, frames: [{}, {}] });
    const { seen } = readFolder(dir);
    put({ segment: b, writer: w, firstSeq: 2, frames: [{}] });
    expect(readNews(dir, seen)).toBeUndefined();
  });
});
