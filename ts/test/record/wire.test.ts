import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderSchema } from "../../src/gen/baton/segment/v1/frame_pb.js";
import { RecordSchema } from "../../src/gen/baton/state/v1/record_pb.js";
import { StatusSchema } from "../../src/gen/baton/state/v1/status_pb.js";
import { errors, recordTable, segmentHeaderTable, statusTable } from "../../src/gen/tables.js";
import { BatonError, batonError } from "../../src/record/error.js";
import {
  checkMessage,
  type Decoded,
  decodeMessage,
  encodeMessage,
  fieldsOf,
  isUtf8,
  isWellFormed,
  readVarint,
  varintSize,
  writeVarint,
} from "../../src/record/wire.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const refusal = (act: () => unknown): BatonError => {
  try {
    act();
  } catch (error) {
    if (error instanceof BatonError) return error;
  }
  throw new Error("nothing was refused");
};

const full = {
  stamp: 0xffff_ffff_ffff_ffffn,
  observedAt: -1,
  workspace: "github.com/a/b",
  client: 3,
  session: "s-0123456789abcdef",
  validation: {
    worktree: "\ufeffпривет \u{1f600}",
    exitCode: -2147483648,
    durationMs: 2n ** 64n - 1n,
    testsPassed: 4294967295,
    dirty: true,
    source: 4,
  },
};

describe("varints", () => {
  it("come back, minimal, at every length", () => {
    for (let shift = 0n; shift < 64n; shift++)
      for (const value of [1n << shift, (1n << shift) - 1n, (2n ** 64n - 1n) >> shift]) {
        const out = new Uint8Array(10);
        const end = writeVarint(out, 0, value);
        expect(end).toBe(varintSize(value));
        const read = readVarint(out, 0, end);
        expect(read?.end).toBe(end);
        expect(BigInt(read?.value ?? -1)).toBe(value);
        expect(readVarint(out, 0, end - 1)).toBeUndefined();
        if (value <= BigInt(Number.MAX_SAFE_INTEGER)) {
          const again = new Uint8Array(10);
          expect(writeVarint(again, 0, Number(value))).toBe(end);
          expect(again).toEqual(out);
          expect(varintSize(Number(value))).toBe(end);
        }
      }
  });

  it("above 64 bits are malformed", () => {
    expect(readVarint(new Uint8Array(11).fill(0xff), 0, 11)).toBeUndefined();
    expect(readVarint(Uint8Array.from([...Array(9).fill(0xff), 2]), 0, 10)).toBeUndefined();
    expect(readVarint(Uint8Array.from([...Array(9).fill(0xff), 1]), 0, 10)?.value).toBe(2n ** 64n - 1n);
  });
});

describe("encodeMessage", () => {
  it("gives the bytes that protobuf-es gives", () => {
    const { validation, stamp, observedAt, ...envelope } = full;
    const expected = toBinary(
      RecordSchema,
      create(RecordSchema, {
        ...envelope,
        stamp,
        observedAt: BigInt(observedAt),
        kind: { case: "validation", value: validation },
      }),
    );
    expect(encodeMessage(recordTable, full)).toEqual(expected);
  });

  it("gives the bytes that protobuf-es gives for lists, bytes and zeros", () => {
    const header = {
      formatMajor: 1,
      formatMinor: 0,
      segmentId: new Uint8Array(16).fill(7),
      replaces: [{ segmentId: bytes(), bytes: 0 }, {}],
      dropped: [{ reason: 2, count: 3 }],
    };
    const expected = toBinary(
      HeaderSchema,
      create(HeaderSchema, {
        ...header,
        replaces: [{ segmentId: bytes(), bytes: 0n }, {}],
        dropped: [{ reason: 2, count: 3n }],
      }),
    );
    expect(encodeMessage(segmentHeaderTable, header)).toEqual(expected);
  });

  it("refuses what the schema cannot hold, naming the field and never the value", () => {
    const misfits: [string, object][] = [
      ["workspace", { workspace: 1 }],
      ["workspace", { workspace: "secret\ud800" }],
      ["client", { client: 2 ** 31 }],
      ["client", { client: 0.5 }],
      ["stamp", { stamp: -1 }],
      ["observed_at", { observedAt: 2n ** 63n }],
      ["dirty", { validation: { dirty: 1 } }],
      ["baton.state.v1.Record", { wrokspace: "secret" }],
    ];
    for (const [field, value] of misfits) {
      const error = refusal(() => encodeMessage(recordTable, value));
      expect(error.code).toBe("BTN-R02");
      expect(error.field).toBe(field);
      expect(`${error.message}${error.field}`).not.toContain("secret");
    }
  });
});

describe("decodeMessage", () => {
  it("gives back what was encoded", () => {
    expect(decodeMessage(recordTable, encodeMessage(recordTable, full))).toEqual(full);
  });

  it("reads what protobuf-es writes, for any values", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            stamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
            observedAt: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
            workspace: fc.string({ unit: "grapheme" }),
            client: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
            ts: fc.double({ noNaN: true }),
          },
          { requiredKeys: [] },
        ),
        ({ ts, ...envelope }) => {
          const value = ts === undefined ? {} : { ts };
          const wire = toBinary(
            RecordSchema,
            create(RecordSchema, { ...envelope, kind: { case: "usageEvent", value } }),
          );
          const decoded = decodeMessage(recordTable, wire);
          expect(decoded.stamp).toEqual(envelope.stamp);
          if (envelope.observedAt !== undefined) expect(BigInt(decoded.observedAt as bigint)).toBe(envelope.observedAt);
          expect(decoded.workspace).toBe(envelope.workspace);
          expect(decoded.client).toBe(envelope.client);
          expect((decoded.usageEvent as Decoded).ts).toBe(ts);
          expect(encodeMessage(recordTable, decoded)).toEqual(wire);
        },
      ),
    );
  });

  it("takes the last of a repeated scalar and merges repeated messages", () => {
    const first = encodeMessage(recordTable, { workspace: "a", validation: { exitCode: 1, label: "x" } });
    const second = encodeMessage(recordTable, { workspace: "b", validation: { exitCode: 2 } });
    expect(decodeMessage(recordTable, Uint8Array.from([...first, ...second]))).toEqual({
      workspace: "b",
      validation: { exitCode: 2, label: "x" },
    });
  });

  it("skips unknown fields of every wire type", () => {
    const unknown = [0xf8, 0x3f, 5, 0xfa, 0x3f, 2, 0xff, 0xff, 0xf9, 0x3f, ...Array(8).fill(1), 0xfd, 0x3f, 1, 2, 3, 4];
    const known = encodeMessage(recordTable, { workspace: "a" });
    expect(decodeMessage(recordTable, Uint8Array.from([...unknown, ...known, ...unknown]))).toEqual({ workspace: "a" });
  });

  it("collects lists of messages", () => {
    const value = { workspaces: [{ workspace: "a" }, { workspace: "b", notes: [{}, { client: 1 }] }] };
    expect(decodeMessage(statusTable, encodeMessage(statusTable, value))).toEqual(value);
    expect(toBinary(StatusSchema, create(StatusSchema, { workspaces: [{ workspace: "a" }] }))).toEqual(
      encodeMessage(statusTable, { workspaces: [{ workspace: "a" }] }),
    );
  });

  it("refuses bytes that are not well-formed, with BTN-R02", () => {
    const broken: [string, Uint8Array][] = [
      ["a tag without value", bytes(0x09)],
      ["a cut varint", bytes(0x10, 0x80)],
      ["a length past the end", bytes(0x1a, 5, 1)],
      ["a huge length", bytes(0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)],
      ["field number 0", bytes(0, 0)],
      ["a tag above 32 bits", bytes(0x80, 0x80, 0x80, 0x80, 0x10, 0)],
      ["a group", bytes(0x0b, 0x0c)],
      ["wire type 7", bytes(0x0f, 0)],
      ["a known field in another wire type", bytes(0x08, 1)],
      ["a string that is not UTF-8", bytes(0x1a, 1, 0xff)],
      ["a broken nested message", bytes(0x82, 0x01, 1, 0x08)],
    ];
    for (const [name, input] of broken) {
      expect(refusal(() => decodeMessage(recordTable, input)).code, name).toBe("BTN-R02");
      expect(refusal(() => checkMessage(recordTable, input)).code, name).toBe("BTN-R02");
    }
  });

  it("never throws anything but a BatonError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
        for (const read of [decodeMessage, checkMessage])
          try {
            read(recordTable, input);
          } catch (error) {
            expect(error).toBeInstanceOf(BatonError);
          }
      }),
    );
  });
});

describe("fieldsOf", () => {
  it("gives number, wire type and range of every field", () => {
    expect([...fieldsOf(bytes(0x10, 0x96, 0x01, 0x1a, 2, 97, 98))]).toEqual([
      { number: 2, wireType: 0, start: 1, end: 3 },
      { number: 3, wireType: 2, start: 5, end: 7 },
    ]);
  });
});

describe("text", () => {
  it("is UTF-8 exactly where the platform's decoder says so", () => {
    const fatal = new TextDecoder("utf-8", { fatal: true });
    const says = (input: Uint8Array): boolean => {
      try {
        fatal.decode(input);
        return true;
      } catch {
        return false;
      }
    };
    const edges = [
      0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5,
    ];
    for (const a of edges)
      for (const b of edges)
        for (const c of edges)
          for (const d of edges) {
            const input = bytes(a, b, c, d);
            if (isUtf8(input) !== says(input)) expect.fail([a, b, c, d].join(" "));
          }
  });

  it("is well-formed exactly without lone surrogates", () => {
    for (const text of ["", "a", "\u{1f600}", "\u{1f600}\u{1f600}"]) expect(isWellFormed(text)).toBe(true);
    for (const text of ["\ud83d", "\ude00", "\ude00\ud83d", "\u{1f600}\ude00", "\ud83d\u{1f600}"])
      expect(isWellFormed(text)).toBe(false);
  });
});

describe("BatonError", () => {
  it("prints the cause and, where one is given, the place", () => {
    expect(batonError(errors.RECORD_SIZE).message).toBe("record is larger than 4096 bytes");
    const error = batonError(errors.GUARD_REFUSED, { field: "handoff_note.text", place: "line 3" });
    expect(error.message).toBe("text may not be stored, line 3");
    expect(error.field).toBe("handoff_note.text");
    expect(error.code).toBe("BTN-G01");
  });
});
