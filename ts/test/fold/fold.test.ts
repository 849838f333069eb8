import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFold, foldRecord, holdsAt, winnersOf } from "../../src/fold/fold.js";
import { keyPart, keyPrefix } from "../../src/fold/key.js";
import { stateOf } from "../../src/fold/state.js";
import { statusOf } from "../../src/fold/status.js";
import { kinds, recordTable } from "../../src/gen/tables.js";
import type { FieldTable, KindTable } from "../../src/record/schema.js";
import { createSink, encodeMessage, pushField, type RawField, sinkBytes } from "../../src/record/wire.js";
import type { PlacedRecord } from "../../src/segment/scanned.js";
import { day, foldOf, now, placed, recordOf, stateAt, workspace } from "./records.js";

const note = (id: string, more: object = {}): PlacedRecord => recordOf({ handoffNote: { id }, ...more });
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const textsOf = (records: readonly PlacedRecord[]): unknown[] =>
  stateAt(records).winners.map((winner) => winner.record.payload);

/** Records of few keys that differ in everything that can decide between them, equal ones included. */
const anyRecord = fc
  .record({
    kind: fc.constantFrom("nextAction", "modelHealth", "handoffNote"),
    id: fc.constantFrom("1", "2"),
    state: fc.integer({ min: 0, max: 5 }),
    generation: fc.constantFrom(undefined, 0, 1, 2),
    observedAt: fc.integer({ min: now - 3, max: now }),
    stamp: fc.bigInt({ min: 0n, max: 3n }),
    writer: fc.constantFrom("00".repeat(16), "80".repeat(16), "ff".repeat(16)),
    seq: fc.integer({ min: 1, max: 3 }),
    text: fc.constantFrom(undefined, "", "a", "ab", "b"),
  })
  .map(({ kind, id, state, generation, observedAt, stamp, writer, seq, text }) => {
    const message = {
      nextAction: { id, state, generation, text },
      modelHealth: { model: id, provider: text },
      handoffNote: { id, text },
    }[kind];
    return recordOf({ [kind]: message, observedAt, stamp }, { writer, seq });
  });

describe("the fold", () => {
  it("gives the same state in any order of the records", () => {
    fc.assert(
      fc.property(
        fc
          .array(anyRecord, { maxLength: 30 })
          .chain((records) =>
            fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
          ),
        ([records, shuffled]) => {
          expect(textsOf(shuffled)).toEqual(textsOf(records));
        },
      ),
    );
  });

  it("gives the same winners from its winners and what came since", () => {
    fc.assert(
      fc.property(fc.array(anyRecord), fc.array(anyRecord), (before, since) => {
        const cache = winnersOf(foldOf(before)).map((winner) => winner.record);
        expect(winnersOf(foldOf([...cache, ...since]))).toEqual(winnersOf(foldOf([...before, ...since])));
      }),
    );
  });

  it("counts what it does not know and folds what it does", () => {
    const fold = foldOf([placed(9999, Uint8Array.of(1, 2, 3)), note("n-1")]);
    expect(fold.counts).toEqual({ newerThanMe: 1, fromFuture: 0, malformed: 0 });
    expect(fold.winners.size).toBe(1);
  });

  it("counts a payload that is no record of its kind as malformed, and folds the others", () => {
    const good = note("n-1").payload;
    const kind = 19;
    const payloads: [string, Uint8Array][] = [
      ["empty", Uint8Array.of()],
      ["cut", good.subarray(0, -1)],
      ["not a message", Uint8Array.of(0xff)],
      ["another kind's message", recordOf({ sessionMark: { phase: 1 } }).payload],
      ["two kinds", joined(good, encodeMessage(recordTable, { sessionMark: {} }))],
      ["its message twice", joined(good, encodeMessage(recordTable, { handoffNote: {} }))],
      ["no message", encodeMessage(recordTable, { workspace, stamp: 1n })],
      ["no workspace", encodeMessage(recordTable, { handoffNote: { id: "n-1" } })],
      [
        "a text that is not UTF-8",
        joined(encodeMessage(recordTable, { workspace }), Uint8Array.of(0x9a, 1, 3, 10, 1, 0xff)),
      ],
      ["a text as a varint", joined(encodeMessage(recordTable, { workspace }), Uint8Array.of(0x9a, 1, 2, 8, 1))],
    ];
    for (const [name, payload] of payloads) {
      const fold = foldOf([placed(kind, payload), note("n-2")]);
      expect(fold.counts.malformed, name).toBe(1);
      expect(fold.winners.size, name).toBe(1);
    }
  });

  it("never throws, whatever the payload", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds.map((kind) => kind.number)),
        fc.uint8Array({ maxLength: 80 }),
        (kind, payload) => {
          foldOf([placed(kind, payload)]);
        },
      ),
    );
  });

  it("keeps unknown fields of a payload in the status, byte for byte", () => {
    const payload = joined(note("n-1").payload, Uint8Array.of(0xf8, 0x3f, 5));
    const status = statusOf(stateAt([placed(19, payload)]), { health: {}, usage: [] });
    expect(Buffer.from(status).includes(Buffer.from(payload))).toBe(true);
  });

  it("of one workspace is the fold of all, without the other workspaces", () => {
    const records = [note("n-1"), note("n-2", { workspace: "other" }), recordOf({ modelHealth: { model: "m" } })];
    const all = winnersOf(foldOf(records)).filter((winner) => winner.workspace !== "other");
    expect(winnersOf(foldOf(records, { workspace }))).toEqual(all);
  });
});

describe("a cache", () => {
  it("answers only where nothing in it is from the future", () => {
    const fold = foldOf([note("n-1", { observedAt: now + day })]);
    const cache = { fromFuture: fold.counts.fromFuture, latest: fold.latest };
    expect(holdsAt(cache, now)).toBe(true);
    expect(holdsAt(cache, now + 100 * day)).toBe(true);
    expect(holdsAt(cache, now - 1)).toBe(false);
    const early = foldOf([note("n-1", { observedAt: now + day + 1 })]);
    expect(holdsAt({ fromFuture: early.counts.fromFuture, latest: early.latest }, now + 100 * day)).toBe(false);
  });
});

describe("retention", () => {
  it("goes by the days of the configuration where it names the kind, the last of several (FLD-044)", () => {
    const records = [
      note("n-1", { observedAt: now - 2 * day }),
      recordOf({ pointer: { type: 1 }, observedAt: now - 2 * day }),
    ];
    const shown = (retention: { kind?: string; days?: number }[]): string[] =>
      stateAt(records, { retention }).winners.map((winner) => winner.kind.name);
    expect(shown([])).toEqual(["pointer", "handoff_note"]);
    expect(shown([{ kind: "handoff_note", days: 1 }])).toEqual(["pointer"]);
    expect(
      shown([
        { kind: "handoff_note", days: 1 },
        { kind: "handoff_note", days: 2 },
      ]),
    ).toEqual(["pointer", "handoff_note"]);
    expect(shown([{ kind: "pointer" }, { days: 0 }, { kind: "pointers", days: 0 }])).toEqual([
      "pointer",
      "handoff_note",
    ]);
    expect(
      shown([
        { kind: "pointer", days: 4294967295 },
        { kind: "handoff_note", days: 0 },
      ]),
    ).toEqual(["pointer"]);
  });

  it("never ages what is kept for ever or is not finished, whatever the configuration says", () => {
    const records = [
      recordOf({ validation: { command: "a" }, observedAt: 0 }),
      recordOf({ nextAction: { id: "a", state: 2 }, observedAt: 0 }),
      recordOf({ nextAction: { id: "b", state: 3 }, observedAt: 0 }),
    ];
    const retention = [
      { kind: "validation", days: 0 },
      { kind: "next_action", days: 0 },
    ];
    expect(stateAt(records, { retention }).winners).toHaveLength(2);
  });

  it("does not change what later folding adds to", () => {
    const fold = createFold({ now });
    const state = stateOf(fold);
    foldRecord(fold, note("n-1"));
    foldRecord(fold, placed(9999, Uint8Array.of()));
    expect(state).toEqual({ now, winners: [], counts: { newerThanMe: 0, fromFuture: 0, malformed: 0 } });
  });
});

describe("a key", () => {
  const part = (type: FieldTable["type"], value: unknown): string => {
    if (value === undefined) return keyPart(type, Uint8Array.of(), undefined);
    const sink = createSink();
    pushField(sink, { number: 1, name: "x", jsonName: "x", type, repeated: false }, value);
    const bytes = sinkBytes(sink);
    const start = type === "string" ? bytes.length - new TextEncoder().encode(value as string).length : 1;
    return keyPart(type, bytes, { number: 1, wireType: 0, start, end: bytes.length } satisfies RawField);
  };

  it("of two texts is in the order of the texts and different where they are", () => {
    const text = fc.option(
      fc.string({ unit: fc.constantFrom("\0", "\u0001", "a", "b", "\u00ff", "\u{10ffff}"), maxLength: 4 }),
      { nil: undefined },
    );
    const order = (a: string | undefined, b: string | undefined): number => {
      if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
      return Buffer.compare(Buffer.from(a), Buffer.from(b));
    };
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const left = part("string", a) + part("string", b);
        const right = part("string", c) + part("string", d);
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(order(a, c) || order(b, d));
      }),
    );
  });

  it("of two numbers is in the order of the numbers", () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const cases: [FieldTable["type"], fc.Arbitrary<number | bigint>][] = [
      ["uint32", fc.integer({ min: 0, max: 2 ** 32 - 1 })],
      ["int32", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
      ["enum", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
      ["uint64", fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
      ["fixed64", fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
      ["int64", int64],
      ["double", fc.double({ noNaN: true })],
    ];
    for (const [type, values] of cases)
      fc.assert(
        fc.property(values, values, (a, b) => {
          fc.pre(!(Object.is(a, -0) || Object.is(b, -0)));
          expect(part(type, a) < part(type, b)).toBe(a < b);
          expect(part(type, a) === part(type, b)).toBe(a === b);
          expect(part(type, undefined) < part(type, a)).toBe(true);
        }),
      );
  });

  it("starts with the prefix of its kind and workspace", () => {
    for (const winner of winnersOf(foldOf([note("n-1"), recordOf({ modelHealth: { model: "m" } })])))
      expect(winner.key.startsWith(keyPrefix(winner.kind, workspace))).toBe(true);
    const notes = kinds.find((kind) => kind.name === "handoff_note") as KindTable;
    expect(keyPrefix(notes, "a")).toBe("\0\0\0\x13\x01a\0");
    expect(keyPrefix(notes, "é\0")).toBe("\0\0\0\x13\x01\xc3\xa9\0\xff\0");
  });
});
