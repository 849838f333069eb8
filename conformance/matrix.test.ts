/** What each language writes, every language reads: every producer × every consumer. */
import { create, toJson } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "vitest";
import { type Request, RequestSchema, ResponseSchema } from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { FindingType } from "../ts/src/gen/baton/segment/v1/finding_pb.js";
import { type Crafted, type CraftedRecord, craft, craftedAt, idOf, withRecord } from "./craft.js";
import { writeRequestOf } from "./golden.js";
import { bytesOf, type GoldenRow, goldenRows } from "./golden-rows.js";
import { type Answer, ask, type Language, languages } from "./languages.js";
import { encoded, sampleRecords } from "./samples.js";

/** Segments that every language has to write: those of fixtures/golden, and random ones. */
interface Written {
  name: string;
  crafted: Crafted;
  bytes: Uint8Array;
  request: Request;
}

const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Numbers from 0 to below `limit`, the same for one seed. */
function numbersFrom(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function randomRow(below: (limit: number) => number, index: number): GoldenRow {
  const samples = sampleRecords().map(encoded);
  const isCompacted = below(2) === 0;
  const records = Array.from({ length: below(12) }, (_, i): CraftedRecord => {
    const { kind, payload } = samples[below(samples.length)] ?? { kind: 1, payload: new Uint8Array() };
    // A payload is opaque to the segment: an unknown field of any length makes the sizes random.
    const filler = new Uint8Array(below(3) === 0 ? below(20_000) : below(100)).map(() => below(256));
    const wide = 2 ** below(53);
    const field = Uint8Array.of(
      0xa2,
      0x06,
      0x80 | (filler.length & 0x7f),
      0x80 | ((filler.length >> 7) & 0x7f),
      filler.length >> 14,
    );
    return {
      kind: below(2) === 0 ? kind : 1 + below(2 ** 32 - 1),
      payload: Uint8Array.from([...payload, ...field, ...filler]),
      ...(isCompacted ? { origin: { writer: idOf(`origin ${below(3)}`), seq: wide + i } } : {}),
    };
  });
  const start = craft(`random ${index}`, {
    firstSeq: BigInt(2 ** below(53)) - BigInt(below(2) === 0 ? 0 : 1) || 1n,
    createdAt: BigInt(craftedAt + below(1_000_000)),
    ...(isCompacted ? { replaces: [{ segmentId: idOf("replaced"), bytes: BigInt(below(2 ** 32)) }] } : {}),
  });
  return {
    file: `random ${index}`,
    name: "",
    proves: [],
    writtenBy: undefined,
    crafted: records.reduce((sofar, record) => withRecord(sofar, record), start),
    records,
    isSealed: below(2) === 0,
    skipped: [],
  };
}

const below = numbersFrom(seed);
const rows = [
  ...goldenRows().filter(({ writtenBy }) => writtenBy),
  ...Array.from({ length: 40 }, (_, i) => randomRow(below, i)),
];
const written: Written[] = rows.map((row) => ({
  name: row.file,
  crafted: row.crafted,
  bytes: bytesOf(row),
  request: writeRequestOf(row),
}));

describe.each(languages)(`segments that %s writes (seed ${seed})`, (producer) => {
  let segments: Uint8Array[] = [];
  beforeAll(() => {
    const answers = ask(
      producer,
      written.map(({ request }) => request),
    );
    segments = answers.map(({ response }) => response.data ?? new Uint8Array());
  }, 300_000);

  it.each(written.map(({ name, bytes }, i) => ({ name, bytes, i })))(
    "are the specified bytes: $name",
    ({ bytes, i }) => {
      expect(Buffer.from(segments[i]!).equals(bytes)).toBe(true);
    },
  );

  it.each(languages)(
    "are read by %s record by record",
    (consumer: Language) => {
      const scans = segments.map((data) => create(RequestSchema, { question: { case: "scan", value: { data } } }));
      const reads = segments.map((data) =>
        create(RequestSchema, {
          question: { case: "read", value: { files: [{ name: "segment.seg", data }], now: BigInt(craftedAt) } },
        }),
      );
      const answers: Answer[] = ask(consumer, [...scans, ...reads]);
      written.forEach(({ name, crafted, bytes }, i) => {
        const expected = crafted.records.map(({ offset, length, seq, kind }) => ({
          type: FindingType.RECORD,
          offset: BigInt(offset),
          length: BigInt(length),
          seq: BigInt(seq),
          kind,
        }));
        const end = crafted.bytes.length;
        const seal =
          bytes.length > end
            ? [{ type: FindingType.SEAL, offset: BigInt(end), length: BigInt(bytes.length - end) }]
            : [];
        const findings = create(ResponseSchema, { findings: [...expected, ...seal] });
        expect(toJson(ResponseSchema, answers[i]!.response), name).toEqual(toJson(ResponseSchema, findings));
        const report = answers[written.length + i]!.response.verify?.segments[0];
        expect(report?.records, name).toBe(BigInt(expected.length));
        expect(report?.sealed, name).toBe(seal.length > 0);
      });
    },
    300_000,
  );
});
