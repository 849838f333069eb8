import { sizeDelimitedDecodeStream } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameSchema } from "../../src/gen/baton/segment/v1/frame_pb.js";
import { crc32, crcStart, finishCrc, updateCrc, updateCrcWord, updateCrcWords } from "../../src/segment/crc32.js";
import { magicFrame, syncTag } from "../../src/segment/frame.js";
import { type Cursor, type Finding, maxScanWork, scan, startCursor } from "../../src/segment/scan.js";
import { type BuiltFrame, build, concat, flip, idOf, text } from "./build.js";

const segment = idOf(0xa1);
const writer = idOf(0xb2);
const three = build({ segment, writer, frames: [{}, {}, {}] });
const sealed = build({ segment, writer, frames: [{}, {}, {}], isSealed: true });
const headerEnd = three.offsets[0]!;

function scanAll(bytes: Uint8Array, from: Cursor = startCursor): { findings: Finding[]; cursor: Cursor } {
  const findings: Finding[] = [];
  const scanning = scan(bytes, from);
  let step = scanning.next();
  for (; !step.done; step = scanning.next()) findings.push(step.value);
  return { findings, cursor: step.value };
}

const shapeOf = (bytes: Uint8Array) => scanAll(bytes).findings.map((f) => [f.type, f.offset, f.length]);
const typesOf = (bytes: Uint8Array) => scanAll(bytes).findings.map((f) => f.type);
const seqsOf = (bytes: Uint8Array) => scanAll(bytes).findings.flatMap((f) => (f.type === "RECORD" ? [f.seq] : []));

describe("the checksum", () => {
  it("has the check value of CRC-32 (SEG-010)", () => {
    expect(crc32(text("123456789")).toString(16)).toBe("cbf43926");
  });

  it("is the same in one piece, in many, and by words", () => {
    const bytes = Uint8Array.from({ length: 61 }, (_, i) => i * 37);
    let state = crcStart;
    for (let i = 0; i < bytes.length; i += 7) state = updateCrc(state, bytes, i, Math.min(i + 7, bytes.length));
    expect(finishCrc(state)).toBe(crc32(bytes));
    const view = new DataView(bytes.buffer);
    const byWords = updateCrcWord(
      updateCrcWords(crcStart, view.getInt32(0, true), view.getInt32(4, true)),
      view.getInt32(8, true),
    );
    expect(finishCrc(byWords)).toBe(crc32(bytes, 0, 12));
  });
});

describe("a sound segment", () => {
  it("starts with the magic frame, and every other frame with the sync tag behind its size (SEG-002, SEG-004)", () => {
    expect([...sealed.bytes.subarray(0, 10)]).toEqual([...magicFrame]);
    for (const offset of [magicFrame.length, ...sealed.offsets]) {
      const tag = (sealed.bytes[offset] as number) < 0x80 ? offset + 1 : offset + 2;
      expect([...sealed.bytes.subarray(tag, tag + 5)]).toEqual([...syncTag]);
    }
  });

  it("is read by a stock protobuf runtime as a stream of delimited messages", async () => {
    async function* stream() {
      yield sealed.bytes;
    }
    const types: (number | undefined)[] = [];
    for await (const frame of sizeDelimitedDecodeStream(FrameSchema, stream())) types.push(frame.type);
    expect(types).toEqual([undefined, 1, 2, 2, 2, 3]);
  });

  it("gives its records in order, with the payloads that went in, and then its seal (SEG-008, SEG-016)", () => {
    const { findings, cursor } = scanAll(sealed.bytes);
    expect(findings.map((f) => f.type)).toEqual(["RECORD", "RECORD", "RECORD", "SEAL"]);
    const payloads = findings.flatMap((f) => (f.type === "RECORD" ? [Buffer.from(f.payload).toString()] : []));
    expect(payloads).toEqual(["record 1", "record 2", "record 3"]);
    expect(findings[3]?.length).toBe(61);
    expect(cursor).toMatchObject({ segment, writer, frames: 6, lastSeq: 3, isClean: true, isEnded: true });
  });

  it("may hold any kind, the largest sequence number and newer frame types (SEG-005, SEG-006, SEG-007)", () => {
    const frames: BuiltFrame[] = [
      { kind: 4_294_967_295 },
      { type: 128 },
      { kind: 1, seq: Number.MAX_SAFE_INTEGER, payload: new Uint8Array(0) },
    ];
    const { bytes } = build({ segment, writer, frames });
    expect(typesOf(bytes)).toEqual(["RECORD", "SKIPPED_FRAME", "RECORD"]);
    expect(seqsOf(bytes)).toEqual([1, Number.MAX_SAFE_INTEGER]);
  });

  it("names the origin of a compacted record (SEG-015)", () => {
    const origin = { writer: new Uint8Array(16).fill(7), seq: 2 ** 40 + 5 };
    const { bytes } = build({ segment, writer, frames: [{ origin }] });
    const found = scanAll(bytes).findings[0];
    expect(found?.type === "RECORD" && found.origin).toEqual({ writer: "07".repeat(16), seq: 2 ** 40 + 5 });
  });
});

describe("a torn segment", () => {
  it("keeps every whole record, cut at any byte, and shows the rest as one open tail", () => {
    for (let end = 0; end <= three.bytes.length; end++) {
      const found = shapeOf(three.bytes.subarray(0, end));
      const whole = three.offsets.filter((_, i) => (three.offsets[i + 1] ?? three.bytes.length) <= end).length;
      expect(found.filter(([type]) => type === "RECORD")).toHaveLength(whole);
      const settled = end < headerEnd ? (end < 10 ? 0 : 10) : (three.offsets[whole] ?? three.bytes.length);
      const tail = end < headerEnd || end > settled ? [["OPEN_TAIL", settled, end - settled]] : [];
      expect(found.slice(whole)).toEqual(tail);
    }
  });

  it("shows zeros, garbage and frames of another segment behind its records as one open tail", () => {
    const foreign = build({ segment: idOf(0xa3), writer, frames: [{}, {}, {}, {}, {}] });
    const garbage = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) >> 3);
    const tails = [...[1, 7, 512, 65_536].map((length) => new Uint8Array(length)), garbage, foreign.bytes];
    for (const tail of tails)
      expect(shapeOf(concat(three.bytes, tail)).slice(3)).toEqual([["OPEN_TAIL", three.bytes.length, tail.length]]);
  });

  it("takes no size that is hostile (SEG-001, SEG-028)", () => {
    const sizes = [
      [0x00],
      [0x80, 0x00],
      [0x81, 0x80, 0x00],
      [0x81, 0x80, 0x40],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];
    for (const size of sizes) {
      const bytes = concat(three.bytes, Uint8Array.from(size), syncTag, new Uint8Array(40));
      expect(typesOf(bytes)).toEqual(["RECORD", "RECORD", "RECORD", "OPEN_TAIL"]);
      const followed = concat(three.bytes.subarray(0, three.offsets[1]), Uint8Array.from(size));
      const resumed = concat(followed, three.bytes.subarray(three.offsets[2]));
      expect(shapeOf(resumed)[1]).toEqual(["CORRUPT_RANGE", three.offsets[1], size.length]);
      expect(seqsOf(resumed)).toEqual([1, 3]);
    }
  });
});

describe("a flipped bit", () => {
  for (const [name, { bytes, offsets }] of Object.entries({ "an open": three, "a sealed": sealed })) {
    it(`costs at most the frame that it is in, anywhere behind the header of ${name} segment`, () => {
      for (let bit = headerEnd * 8; bit < bytes.length * 8; bit++) {
        const found = seqsOf(flip(bytes, bit));
        const hit = offsets.filter((offset) => offset <= bit >> 3).length;
        expect(found).toEqual([1, 2, 3].filter((seq) => seq !== hit));
      }
    });

    it(`covers every byte behind the header of ${name} segment once`, () => {
      for (let bit = headerEnd * 8; bit < bytes.length * 8; bit++) {
        let end = headerEnd;
        for (const [, offset, length] of shapeOf(flip(bytes, bit))) {
          expect(offset).toBe(end);
          end = Number(offset) + Number(length);
        }
        expect(end).toBe(bytes.length);
      }
    });
  }

  it("in the magic makes the file foreign, in the header damaged, and nothing in it is read (SEG-020, SEG-021)", () => {
    for (let bit = 0; bit < headerEnd * 8; bit++) {
      const found = shapeOf(flip(three.bytes, bit));
      if (bit < 80) expect(found).toEqual([["FOREIGN", 0, three.bytes.length]]);
      else expect(found).toEqual([["DAMAGED_HEADER", 10, three.bytes.length - 10]]);
    }
  });
});

describe("a segment that is not as it should be", () => {
  it("is foreign without the magic, and an open tail when it is shorter than that", () => {
    expect(shapeOf(text("hello, world"))).toEqual([["FOREIGN", 0, 12]]);
    expect(shapeOf(new Uint8Array(0))).toEqual([["OPEN_TAIL", 0, 0]]);
    expect(shapeOf(magicFrame)).toEqual([["OPEN_TAIL", 10, 0]]);
  });

  it("is corrupt where a frame is missing its checksum, repeats an old number or is another header", () => {
    const second = three.bytes.subarray(three.offsets[1], three.offsets[2]);
    const header = three.bytes.subarray(10, headerEnd);
    const end = three.bytes.subarray(three.offsets[2]);
    for (const extra of [second, header, text("noise")]) {
      const bytes = concat(three.bytes.subarray(0, three.offsets[2]), extra, end);
      expect(shapeOf(bytes)[2]).toEqual(["CORRUPT_RANGE", three.offsets[2], extra.length]);
      expect(seqsOf(bytes)).toEqual([1, 2, 3]);
    }
  });

  it("is corrupt behind its seal, in one range (SEG-016)", () => {
    for (const tail of [text("x"), three.bytes.subarray(headerEnd)])
      expect(shapeOf(concat(sealed.bytes, tail)).slice(4)).toEqual([
        ["CORRUPT_RANGE", sealed.bytes.length, tail.length],
      ]);
  });

  it("has a seal that does not agree when a whole frame before it is missing (SEG-026)", () => {
    const [first, second] = sealed.offsets as [number, number];
    const bytes = concat(sealed.bytes.subarray(0, first), sealed.bytes.subarray(second));
    expect(typesOf(bytes)).toEqual(["RECORD", "RECORD", "SEAL_MISMATCH"]);
    expect(scanAll(bytes).cursor.isEnded).toBe(false);
  });

  it("refuses frames of reserved types and bytes that are not in the canonical order (SEG-003, SEG-006)", () => {
    expect(typesOf(build({ segment, writer, frames: [{ type: 4 }] }).bytes)).toEqual(["OPEN_TAIL"]);
    expect(typesOf(build({ segment, writer, frames: [{ type: 1 }] }).bytes)).toEqual(["OPEN_TAIL"]);
    expect(typesOf(build({ segment, writer, frames: [{ type: 3 }] }).bytes)).toEqual(["OPEN_TAIL"]);
  });

  it("costs bounded work, whatever its sync tags announce (SEG-025)", () => {
    const decoy = concat(Uint8Array.of(0x80, 0x80, 0x40), syncTag);
    // Each is three candidates: 1 MiB, 8 KiB and 64 bytes by the three, two and one bytes before its tag.
    const decoys = maxScanWork / 1_048_576 - 1;
    const within = concat(three.bytes, ...Array<Uint8Array>(decoys).fill(decoy));
    const next = build({ segment, writer, frames: [{ seq: 9 }] });
    const record = next.bytes.subarray(next.offsets[0]);
    expect(seqsOf(concat(within, record))).toEqual([1, 2, 3, 9]);
    const beyond = concat(within, decoy, record);
    expect(shapeOf(beyond)[3]).toEqual(["OPEN_TAIL", three.bytes.length, beyond.length - three.bytes.length]);
  });
});

describe("a scan in pieces", () => {
  it("adds up to one scan of the final file, wherever the pieces end (SEG-029)", () => {
    const seed = Date.now() % 2 ** 31;
    const frame = fc.oneof(
      fc.record({ payload: fc.uint8Array({ maxLength: 40 }), damage: fc.boolean() }),
      fc.record({ type: fc.integer({ min: 128, max: 300 }), damage: fc.boolean() }),
    );
    const files = fc.record({
      frames: fc.array(frame, { maxLength: 8 }),
      isSealed: fc.boolean(),
      tail: fc.uint8Array({ maxLength: 20 }),
      cuts: fc.array(fc.nat(1000), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(files, ({ frames, isSealed, tail, cuts }) => {
        const built = build({ segment, writer, frames, isSealed });
        const bytes = concat(built.bytes, tail);
        frames.forEach(({ damage }, i) => {
          if (damage) bytes[built.offsets[i]! + 9]! ^= 0x40;
        });
        let cursor = startCursor;
        let settled: Finding[] = [];
        for (const cut of [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length]) {
          if (cut < cursor.offset) continue;
          const { findings, cursor: next } = scanAll(bytes.subarray(cursor.offset, cut), cursor);
          settled = [...settled.filter((f) => f.offset < cursor.offset), ...findings];
          cursor = next;
        }
        const whole = scanAll(bytes);
        expect(settled).toEqual(whole.findings);
        expect(cursor).toEqual(whole.cursor);
      }),
      { seed, numRuns: 2000 },
    );
  });
});

describe("any bytes", () => {
  it("behind a header are covered once, without a throw (SEG-028)", () => {
    const seed = Date.now() % 2 ** 31;
    const frame = three.bytes.subarray(three.offsets[0], three.offsets[1]);
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(frame, syncTag, concat(Uint8Array.of(30), syncTag, Uint8Array.of(0x10, 2))),
      fc.nat(frame.length * 8 - 1).map((bit) => flip(frame, bit)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = concat(three.bytes.subarray(0, headerEnd), ...pieces);
        let end = headerEnd;
        for (const { offset, length } of scanAll(bytes).findings) {
          expect(offset).toBe(end);
          end = offset + length;
        }
        expect(end).toBe(bytes.length);
      }),
      { seed, numRuns: 3000 },
    );
  });
});
