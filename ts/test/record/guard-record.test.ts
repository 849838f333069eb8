import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Record as ProtoRecord, RecordSchema } from "../../src/gen/baton/state/v1/record_pb.js";
import { kinds } from "../../src/gen/tables.js";
import { guardRecord } from "../../src/guard/record.js";
import type { BatonError } from "../../src/record/error.js";
import type { FieldTable } from "../../src/record/schema.js";
import { splitStamp } from "../../src/record/stamp.js";

const decode = (record: object): ProtoRecord => fromBinary(RecordSchema, guardRecord(record).payload);

function refusal(record: object): [string | undefined, string | undefined] {
  try {
    guardRecord(record);
    return [undefined, undefined];
  } catch (error) {
    const { code, field } = error as BatonError;
    return [code, field];
  }
}

const id = "n-0123456789abcdef";
const digest = "0123456789abcdef".repeat(2);

describe("a record that fits the schema", () => {
  it("is encoded as a protobuf runtime would encode it", () => {
    const record = {
      stamp: (1_700_000_000_000n << 16n) + 3n,
      observedAt: 1_700_000_000_000,
      workspace: "github.com/owner/repo",
      client: "cli",
      session: "s-0123456789abcdef",
      validation: {
        command: "npm test",
        argvDigest: digest,
        exitCode: -1,
        durationMs: 2n ** 63n,
        testsPassed: 4_294_967_295,
        source: "run",
        dirty: false,
      },
    };
    const { payload, kind, stamp } = guardRecord(record);
    const decoded = fromBinary(RecordSchema, payload);
    expect(Buffer.from(toBinary(RecordSchema, decoded)).equals(payload)).toBe(true);
    expect(kind).toBe(17);
    expect(stamp).toEqual(splitStamp(record.stamp));
    expect(decoded).toMatchObject({ stamp: record.stamp, observedAt: 1_700_000_000_000n, client: 1 });
    expect(decoded.kind).toMatchObject({
      case: "validation",
      value: {
        command: "npm test",
        exitCode: -1,
        durationMs: 2n ** 63n,
        testsPassed: 4_294_967_295,
        source: 1,
        dirty: false,
      },
    });
  });

  it("comes back as it went in, whatever kind and numbers it has", () => {
    const seed = Date.now() % 2 ** 31;
    const valueFor = (field: FieldTable): fc.Arbitrary<unknown> => {
      switch (field.type) {
        case "bool":
          return fc.boolean();
        case "enum":
          return fc.constantFrom(...Object.values(field.values ?? {}));
        case "int32":
          return fc.integer();
        case "uint32":
          return fc.nat(0xffff_ffff);
        case "int64":
          return fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
        case "uint64":
          return fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
        case "double":
          return fc.double({ noNaN: true, noDefaultInfinity: true });
        default:
          return fc.constant(undefined);
      }
    };
    const records = fc.constantFrom(...kinds).chain((kind) => {
      const fields = Object.fromEntries(kind.message.fields.map((field) => [field.jsonName, valueFor(field)]));
      return fc.record({ [kind.jsonName]: fc.record(fields, { requiredKeys: [] }) });
    });
    fc.assert(
      fc.property(records, (record) => {
        const { payload } = guardRecord(record);
        const decoded = fromBinary(RecordSchema, payload);
        expect(Buffer.from(toBinary(RecordSchema, decoded)).equals(payload)).toBe(true);
        const [[name, init]] = Object.entries(record) as [[string, { [name: string]: unknown }]];
        expect(decoded.kind.case).toBe(name);
        for (const [field, value] of Object.entries(init)) {
          const found = (decoded.kind.value as unknown as { [name: string]: unknown })[field];
          const expected = typeof found === "bigint" && typeof value === "number" ? BigInt(value) : value;
          expect(found).toEqual(expected);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it("takes texts beyond ASCII", () => {
    expect(decode({ handoffNote: { id, text: "ветка готова" } }).kind.value).toMatchObject({ text: "ветка готова" });
  });

  it("takes enums by number or short name, and leaves out what is undefined", () => {
    for (const category of ["decision", 2]) {
      const { value } = decode({ client: undefined, handoffNote: { id, text: "fine", category } }).kind;
      expect(value).toMatchObject({ category: 2 });
    }
  });

  it("keeps the payloads of earlier records as they were", () => {
    const first = guardRecord({ handoffNote: { id, text: "first" } });
    const before = Buffer.from(first.payload).toString("hex");
    for (let i = 0; i < 2000; i++) guardRecord({ handoffNote: { id, text: `later ${i}` } });
    expect(Buffer.from(first.payload).toString("hex")).toBe(before);
  });
});

describe("a record that does not fit", () => {
  it("has an unknown kind or field, none or two kinds, or a value of a wrong type (BTN-R02)", () => {
    const cases: [object, string][] = [
      [{}, "kind"],
      [{ pointer: {}, validation: {} }, "kind"],
      [{ secrets: {} }, "kind"],
      [{ pointer: {}, secret: 1 }, "record"],
      [{ pointer: { type: "repo", title: "x" } }, "pointer"],
      [{ pointer: 5 }, "pointer"],
      [{ pointer: null }, "pointer"],
      [{ pointer: { number: -1 } }, "pointer.number"],
      [{ pointer: { number: 1.5 } }, "pointer.number"],
      [{ pointer: { number: "1" } }, "pointer.number"],
      [{ pointer: { number: 2 ** 32 } }, "pointer.number"],
      [{ pointer: { active: 1 } }, "pointer.active"],
      [{ pointer: { type: "constructor" } }, "pointer.type"],
      [{ pointer: { type: 99 } }, "pointer.type"],
      [{ pointer: { ref: 7 } }, "pointer.ref"],
      [{ validation: { exitCode: 2 ** 31 } }, "validation.exit_code"],
      [{ validation: { durationMs: 2 ** 53 } }, "validation.duration_ms"],
      [{ validation: { durationMs: 2n ** 64n } }, "validation.duration_ms"],
      [{ usageEvent: { cost: Number.NaN } }, "usage_event.cost"],
      [{ observedAt: "now", pointer: {} }, "observed_at"],
      [{ stamp: -1n, pointer: {} }, "stamp"],
    ];
    for (const [record, field] of cases) expect([record, ...refusal(record)]).toEqual([record, "BTN-R02", field]);
  });

  it("has a text that the guard refuses, in the kind or around it (BTN-G01)", () => {
    const cases: [object, string][] = [
      [{ handoffNote: { id, text: "two\nlines" } }, "handoff_note.text"],
      [{ handoffNote: { id, text: "" } }, "handoff_note.text"],
      [{ handoffNote: { id, text: "x".repeat(201) } }, "handoff_note.text"],
      [{ handoffNote: { id, text: "half \ud800" } }, "handoff_note.text"],
      [{ handoffNote: { id, text: "x".repeat(1_000_000) } }, "handoff_note.text"],
      [{ handoffNote: { id: "no alias", text: "fine" } }, "handoff_note.id"],
      [{ workspace: "/home/user/project", handoffNote: { id, text: "fine" } }, "workspace"],
      [{ session: "raw session id", handoffNote: { id, text: "fine" } }, "session"],
    ];
    for (const [record, field] of cases) expect(refusal(record)).toEqual(["BTN-G01", field]);
  });

  it("never shows its value in the error", () => {
    try {
      guardRecord({ handoffNote: { id, text: "geheim\nwort" } });
    } catch (error) {
      expect(JSON.stringify(error) + (error as Error).message).not.toContain("geheim");
    }
  });
});
