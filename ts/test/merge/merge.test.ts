import { readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { craft, craftedAt, flipped, joined, note, sealed, withRecord } from "../../../conformance/craft.js";
import { DropReason } from "../../src/gen/baton/segment/v1/frame_pb.js";
import { isMergeDue } from "../../src/merge/due.js";
import { msOf } from "../../src/record/stamp.js";
import { readFolder } from "../../src/segment/folder.js";
import { toHex } from "../../src/segment/hex.js";
import { highestStamp } from "../../src/segment/seed.js";
import { build } from "../segment/build.js";
import { answers, fileOf, notes, smallSegment, stateDirectory } from "./home.js";
import { stepping } from "./steps.js";

const state = stateDirectory();
const { dir, fill, files, merge, put } = state;

const headers = () => readFolder(dir()).segments.flatMap(({ scanned }) => (scanned.header ? [scanned.header] : []));

describe("a merge", () => {
  it("makes one segment of many, with the bytes of every record and where each came from (SEG-014, SEG-052)", () => {
    fill(300);
    const before = answers(dir());
    expect(merge()).toMatchObject({ written: 1, replaced: 300, deleted: 300 });
    expect(files()).toHaveLength(1);
    expect(answers(dir())).toEqual(before);
    const [only] = readFolder(dir()).segments;
    expect(only).toMatchObject({
      standing: { name: "COUNTS" },
      scanned: { isSealed: true, isWhole: true, records: 300 },
    });
    expect(only?.scanned.header?.replaces).toHaveLength(300);
  });

  it("does nothing while there are 256 segments or fewer (SEG-050)", () => {
    fill(256);
    expect(merge().written).toBe(0);
    expect(files()).toHaveLength(256);
    put(notes("one more", 1));
    expect(merge().written).toBe(1);
  });

  it("is not due while fewer than 16 segments are under a mebibyte, so that no command looks for what it cannot take (SEG-050)", () => {
    for (let i = 0; i < 300; i++) {
      const large = craft(`large ${i}`);
      truncateSync(join(dir(), put(large, large.bytes)), 1024 * 1024);
    }
    fill(15);
    expect(isMergeDue(dir())).toBe(false);
    put(notes("one more", 1));
    expect(isMergeDue(dir())).toBe(true);
    expect(merge()).toMatchObject({ written: 1, replaced: 16 });
  });

  it("leaves the highest stamp for recorders to start from (SEG-046, SEG-052)", () => {
    fill(300);
    for (const number of [307, 309, 308]) put(notes(`stamped ${number}`, number));
    const now = Date.UTC(2026, 0, 1);
    const before = highestStamp(dir(), now);
    expect(msOf(before)).toBe(craftedAt + 309);
    merge();
    expect(files()).toHaveLength(1);
    expect(highestStamp(dir(), now)).toEqual(before);
  });

  it("makes several segments where the header of one would grow long (SEG-052)", () => {
    fill(2100);
    const before = answers(dir());
    expect(merge()).toMatchObject({ written: 3, replaced: 2100 });
    expect(
      headers()
        .map(({ replaces }) => replaces.length)
        .sort(),
    ).toEqual([1024, 1024, 52].sort());
    expect(answers(dir())).toEqual(before);
  });

  it("merges what it merged before, with the records' first origins (SEG-052)", () => {
    fill(300, "first");
    merge();
    fill(300, "second");
    const before = answers(dir());
    expect(merge()).toMatchObject({ written: 1, replaced: 301 });
    expect(files()).toHaveLength(1);
    expect(answers(dir())).toEqual(before);
    expect(headers()[0]?.replaces).toHaveLength(301);
  });

  it("keeps the numbers of a writer rising, so that readers need not compare its records", () => {
    const writerId = craft("writer").writer;
    for (let i = 0; i < 300; i++)
      put(withRecord(craft(`of one ${i}`, { writerId, firstSeq: BigInt(i + 1) }), note(i), i + 1));
    // Taken over from another home, under a writer that comes first.
    const origin = { writer: writerId, seq: 301 };
    put(withRecord(craft("taken over", { writerId: new Uint8Array(16) }), { ...note(301), origin }));
    merge();
    expect(readFolder(dir()).segments[0]?.scanned.spans).toEqual([
      { writer: Buffer.from(writerId).toString("hex"), first: 1, last: 301, isRising: true },
    ]);
  });

  it("keeps kinds that it does not know, empty payloads, equal records and those that differ under one identity (SEG-007, SEG-015)", () => {
    fill(300);
    const writerId = craft("clone").writer;
    put(withRecord(craft("unknown kind"), { kind: 4000, payload: Uint8Array.of(1, 2, 3) }));
    put(withRecord(craft("empty payload"), { kind: 19, payload: new Uint8Array(0) }));
    for (const [name, number] of [
      ["same", 1],
      ["same again", 1],
      ["other", 2],
    ] as const)
      put(withRecord(craft(name, { writerId }), note(number)));
    const before = answers(dir());
    expect(merge()).toMatchObject({ written: 1, replaced: 305 });
    expect(answers(dir())).toEqual(before);
    expect(readFolder(dir()).segments[0]?.scanned.records).toBe(305);
  });
});

describe("a merge leaves alone (SEG-051)", () => {
  /** Merges 300 small segments beside these and tells which of them were taken. */
  function takenBeside(...others: string[]): string[] {
    const bytes = others.map((file) => state.bytesOf(file));
    fill(300);
    const before = answers(dir());
    expect(merge().written).toBeGreaterThan(0);
    expect(answers(dir())).toEqual(before);
    const left = files();
    const taken = others.filter((file) => !left.includes(file));
    for (const [i, file] of others.entries())
      if (left.includes(file)) expect(state.bytesOf(file).equals(bytes[i]!), file).toBe(true);
    return taken;
  }

  it("what a writer has not sealed, whether it lives or not", () => {
    const open = notes("open", 1, 2);
    const empty = craft("nothing yet");
    expect(
      takenBeside(put(open, open.bytes), put(empty, empty.bytes), put(open, joined(open.bytes, Uint8Array.of(7)))),
    ).toEqual([]);
  });

  it("segments of a mebibyte and more", () => {
    const frames = Array.from({ length: 130 }, () => ({ payload: new Uint8Array(8192) }));
    const { segment, writer } = notes("large");
    const large = build({ segment: toHex(segment), writer: toHex(writer), frames, isSealed: true });
    expect(takenBeside(put({ segment }, large.bytes))).toEqual([]);
  });

  it("damaged ones, those with bytes behind their seal, and what is no segment", () => {
    const bytes = smallSegment("damaged");
    const crafted = notes("damaged", 1);
    const tail = notes("tail", 1);
    writeFileSync(join(dir(), "foreign.seg"), "not a segment");
    writeFileSync(join(dir(), "empty.seg"), "");
    writeFileSync(join(dir(), "notes.txt"), "mine");
    expect(
      takenBeside(
        put(crafted, flipped(bytes, crafted.records[0]!.offset + 40)),
        put(tail, joined(sealed(tail), Uint8Array.of(1, 2, 3))),
        "foreign.seg",
        "empty.seg",
        "notes.txt",
      ),
    ).toEqual([]);
  });

  it("those of a newer version, with frames or fields that a copy would lose", () => {
    const minor = withRecord(craft("minor", { formatMinor: 1 }), note(1));
    const field = withRecord(craft("field"), { ...note(1), newer: Uint8Array.of(0x40, 1) });
    writeFileSync(join(dir(), "newer-frames.seg"), readFileSync("fixtures/golden/newer-frames.seg"));
    expect(takenBeside(put(minor), put(field), "newer-frames.seg")).toEqual([]);
  });

  it("those that tell of dropped records, so that the count stays exact (SEG-037)", () => {
    const told = withRecord(craft("told", { dropped: [{ reason: DropReason.IO, count: 2n }] }), note(1));
    expect(takenBeside(put(told))).toEqual([]);
  });

  it("those with a copy beside them", () => {
    const crafted = notes("twice", 1);
    writeFileSync(join(dir(), "copy.seg"), sealed(crafted).subarray(0, -61));
    expect(takenBeside(put(crafted), "copy.seg")).toEqual([]);
  });

  it("those that a compacted segment names, as long as that may come to count", () => {
    const [named, other] = [notes("named", 1, 2), notes("other", 1)];
    const replaces = [{ segmentId: named.segment, bytes: BigInt(named.records[1]!.offset) }];
    const origin = { writer: named.writer, seq: 1 };
    const compacted = withRecord(craft("compacted", { replaces }), { ...note(1), origin });
    const damaged = flipped(sealed(compacted), compacted.records[0]!.offset + 40);
    const unfinished = craft("unfinished", { replaces: [{ segmentId: other.segment, bytes: 9999n }] });
    put(other);
    expect(takenBeside(put(named), put(compacted, damaged), put(unfinished, unfinished.bytes))).toEqual([]);
    expect(files()).not.toContain(fileOf(other));
  });

  it("every golden and hostile file that is none of what it takes, byte for byte", () => {
    for (const folder of ["golden", "hostile"])
      for (const name of readdirSync(`fixtures/${folder}`).filter((each) => each.endsWith(".seg")))
        writeFileSync(join(dir(), `${folder}-${name}`), readFileSync(`fixtures/${folder}/${name}`));
    const others = files();
    const health = () =>
      readFolder(dir()).segments.flatMap(({ scanned }) => scanned.findings.filter(({ type }) => type !== "SEAL"));
    const before = health().length;
    const taken = takenBeside(...others);
    expect(health()).toHaveLength(before);
    for (const file of taken) expect(readFileSync(`fixtures/${file.replace("-", "/")}`).subarray(-61)[0]).toBe(60);
    expect(taken.length).toBeGreaterThan(3);
  });

  it("segments under another install.key than the rest, unless they are many too", () => {
    const keyId = (value: number) => new Uint8Array(8).fill(value);
    const few = Array.from({ length: 15 }, (_, i) => withRecord(craft(`few ${i}`, { keyId: keyId(1) }), note(i)));
    const many = Array.from({ length: 16 }, (_, i) => withRecord(craft(`many ${i}`, { keyId: keyId(2) }), note(i)));
    const fewFiles = few.map((crafted) => put(crafted));
    const manyFiles = many.map((crafted) => put(crafted));
    expect(takenBeside(...fewFiles, ...manyFiles)).toEqual(manyFiles);
    expect(new Set(headers().map(({ keyId: id }) => id))).toEqual(new Set(["", "01".repeat(8), "02".repeat(8)]));
  });
});

describe("a merge first deletes (SEG-054)", () => {
  it("what counting segments already replace, and names again what cannot be deleted", () => {
    const names = fill(300);
    const stuck = names[7];
    const remove = (path: string) => {
      if (path.endsWith(stuck ?? "")) throw Object.assign(new Error("held open"), { code: "EBUSY" });
      rmSync(path);
    };
    const holding = { ...stepping(() => {}), remove };
    const before = answers(dir());
    expect(merge({ files: holding })).toMatchObject({ replaced: 300, deleted: 299 });
    fill(300, "second");
    expect(merge({ files: holding })).toMatchObject({ written: 1, replaced: 301, deleted: 301 });
    expect(
      headers()
        .find(({ replaces }) => replaces.length > 0)
        ?.replaces.map(({ segment }) => `${segment}.seg`),
    ).toContain(stuck);
    fill(300, "third");
    expect(merge()).toMatchObject({ written: 1, replaced: 301, deleted: 302 });
    expect(files()).toHaveLength(1);
    expect(answers(dir())).toEqual(expect.arrayContaining(before));
    expect(answers(dir())).toHaveLength(900);
  });

  it("nothing that goes on behind the replaced length, or may still grow", () => {
    const [longer, open] = [notes("longer", 1, 2), notes("grows", 1)];
    const replaces = [
      { segmentId: longer.segment, bytes: BigInt(longer.records[1]!.offset) },
      { segmentId: open.segment, bytes: BigInt(open.bytes.length) },
    ];
    let compacted = craft("compacted", { replaces });
    for (const { writer } of [longer, open])
      compacted = withRecord(compacted, { ...note(1), origin: { writer, seq: 1 } });
    const kept = [put(longer), put(open, open.bytes)];
    put(compacted);
    fill(300);
    const before = answers(dir());
    merge();
    expect(files()).toEqual(expect.arrayContaining(kept));
    expect(answers(dir())).toEqual(before);
  });

  it("unfinished compactions after two days, not before, and never where anything that they replace is gone", () => {
    const there = notes("there", 1, 2);
    put(there, there.bytes);
    const unfinished = (name: string, segmentId: Uint8Array): string => {
      const crafted = craft(name, { replaces: [{ segmentId, bytes: 9999n }] });
      return put(crafted, crafted.bytes);
    };
    const begun = unfinished("begun", there.segment);
    const onlyCopy = unfinished("only copy", craft("gone").segment);
    fill(300);
    merge();
    expect(files()).toEqual(expect.arrayContaining([begun, onlyCopy]));
    const past = new Date(Date.now() - 49 * 3_600_000);
    for (const file of [begun, onlyCopy]) utimesSync(join(dir(), file), past, past);
    fill(300, "second");
    merge();
    expect(files()).not.toContain(begun);
    expect(files()).toContain(onlyCopy);
  });
});
