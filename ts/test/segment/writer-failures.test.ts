import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemFiles } from "../../src/segment/files.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { errorOf, failing, segmentsFolder, stoppedClock, tearing, write } from "./writing.js";

const { dir, writerOf, segments, loaded } = segmentsFolder();

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
    expect(readdirSync(dir())).toEqual([]);
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

  it("of a sync behind a full disk leaves no gap in the numbers, and a seal that agrees (SEG-014, SEG-043)", async () => {
    const full = tearing("ENOSPC", [3], 130);
    const files = { ...full, sync: failing("sync", "EIO", [1]).sync };
    const writer = writerOf({ durability: "durable", files });
    write(writer, "a");
    expect(errorOf(() => write(writer, "b", "c"))).toBe("BTN-S06");
    write(writer, "d");
    await writer.flush();
    write(writer, "e");
    writer.close();
    expect(loaded().sort()).toEqual(["1 a", "2 b", "3 d", "4 e"]);
    expect(segments().flatMap(({ findings }) => findings.map(({ type }) => type))).toEqual(["SEAL"]);
  });

  it("to create a segment says why, and the next record tries again", () => {
    const writer = writerOf({ files: failing("create", "EACCES", [1]) });
    expect(errorOf(() => write(writer, "a"))).toBe("BTN-H01");
    write(writer, "b");
    writer.close();
    expect(loaded()).toEqual(["1 b"]);
  });
});

describe("a writer that slept", () => {
  it("writes its batch again when its file was deleted meanwhile (SEG-045)", () => {
    const { clock, move } = stoppedClock();
    const writer = writerOf({ clock });
    const [first] = write(writer, "a");
    unlinkSync(join(dir(), `${first!.segment}.seg`));
    move(2000);
    const [second] = write(writer, "b");
    expect(second).toMatchObject({ seq: 2 });
    expect(second!.segment).not.toBe(first!.segment);
    writer.close();
    expect(loaded()).toEqual(["2 b"]);
  });

  it("inside of a write, too: the clock is read behind it", () => {
    const { clock, move } = stoppedClock();
    let dozes = false;
    const writer = writerOf({
      clock,
      files: {
        ...systemFiles,
        write(fd, bytes, from, to) {
          if (dozes) {
            unlinkSync(join(dir(), `${first!.segment}.seg`));
            move(2000);
          }
          dozes = false;
          return systemFiles.write(fd, bytes, from, to);
        },
      },
    });
    const [first] = write(writer, "a");
    dozes = true;
    const [second] = write(writer, "b");
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
