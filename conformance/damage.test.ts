/**
 * A small segment, cut at every byte, with every bit flipped, and with bytes behind it that are none of its own: what every
 * language finds is the same.
 */
import { create, toJson } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "vitest";
import { RequestSchema, type Response, ResponseSchema } from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { type Finding, FindingType } from "../ts/src/gen/baton/segment/v1/finding_pb.js";
import { craft, flipped, joined, sealed, withNotes } from "./craft.js";
import { drawFrom } from "./draw.js";
import { ask, languages } from "./languages.js";

const segment = withNotes(craft("damage"), 1, 2, 3);
const headerEnd = segment.records[0]!.offset;

const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
const draw = drawFrom(seed);
const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => draw(256));
const zeroLengths = [...Array.from({ length: 130 }, (_, i) => i + 1), 511, 512, 513, 4095, 4096, 4097, 65_535, 65_536];

/** Bytes of another segment: whole, without its magic, and its frames alone. */
const other = sealed(withNotes(craft("other"), 1, 2, 3));
const strange: readonly Uint8Array[] = [
  ...[0, 10, other.length - 61, withNotes(craft("other")).bytes.length].map((from) => other.slice(from)),
  ...Array.from({ length: 300 }, () => random(1 + draw(400))),
];

describe.each([
  ["unsealed", segment.bytes],
  ["sealed", sealed(segment)],
])("an %s segment", (_, bytes) => {
  const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.slice(0, length));
  const tails = [...zeroLengths.map((length) => new Uint8Array(length)), ...strange].map((tail) => joined(bytes, tail));
  const flips = Array.from({ length: bytes.length * 8 }, (_, bit) => flipped(bytes, bit >> 3, 1 << (bit & 7)));
  let answers: Response[][] = [];
  beforeAll(() => {
    const requests = [...cuts, ...flips, ...tails].map((data) =>
      create(RequestSchema, { question: { case: "scan", value: { data } } }),
    );
    answers = languages.map((language) => ask(language, requests).map(({ response }) => response));
  }, 300_000);

  const recordsOf = (findings: readonly Finding[]): Finding[] =>
    findings.filter(({ type }) => type === FindingType.RECORD);

  it(`gives the same findings in every language for every cut, flip and tail (BATON_SEED=${seed})`, () => {
    const [first, ...others] = answers;
    for (const other of others)
      for (const [i, response] of other.entries())
        expect(toJson(ResponseSchema, response), `input ${i}`).toEqual(toJson(ResponseSchema, first![i]!));
  });

  it("keeps every record that is whole when it is cut", () => {
    for (const [length] of cuts.entries()) {
      const whole = segment.records.filter((record) => record.offset + record.length <= length).length;
      expect(recordsOf(answers[0]![length]!.findings), `cut at ${length}`).toHaveLength(whole);
    }
  });

  it("loses at most the record that a flipped bit behind the header is in", () => {
    for (const [bit] of flips.entries()) {
      if (bit >> 3 < headerEnd) continue;
      const hit = segment.records.filter(({ offset, length }) => bit >> 3 >= offset && bit >> 3 < offset + length);
      const seqs = recordsOf(answers[0]![cuts.length + bit]!.findings).map(({ seq }) => Number(seq));
      const kept = segment.records.filter((record) => !hit.includes(record)).map(({ seq }) => seq);
      expect(seqs, `bit ${bit}`).toEqual(kept);
    }
  });

  it("keeps every record in front of bytes that are none of its own, and takes nothing from them", () => {
    const type = bytes === segment.bytes ? FindingType.OPEN_TAIL : FindingType.CORRUPT_RANGE;
    for (const [i, tail] of tails.entries()) {
      const { findings } = answers[0]![cuts.length + flips.length + i]!;
      expect(recordsOf(findings), `tail ${i}`).toHaveLength(3);
      const last = findings.at(-1)!;
      expect([last.type, Number(last.offset)], `tail ${i}`).toEqual([type, bytes.length]);
      expect(Number(last.length), `tail ${i}`).toBe(tail.length - bytes.length);
    }
  });

  it("covers every byte behind the header once", () => {
    for (const [i, input] of [...cuts, ...flips, ...tails].entries()) {
      let at: bigint | undefined;
      for (const { offset, length } of answers[0]![i]!.findings) {
        if (at !== undefined) expect(offset, `input ${i}`).toBe(at);
        at = (offset ?? 0n) + (length ?? 0n);
      }
      if (at !== undefined) expect(at, `input ${i}`).toBe(BigInt(input.length));
    }
  });
});
