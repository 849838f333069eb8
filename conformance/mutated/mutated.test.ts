/** Mutated segments, and folders of them: what both languages make of them is the same, byte for byte. */
import { create, fromBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Request, RequestSchema, ResponseSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { FindingType } from "../../ts/src/gen/baton/segment/v1/finding_pb.js";
import { craftedAt } from "../craft.js";
import { languages } from "../languages.js";
import { byteMutations } from "./bytes.js";
import { frameMutations } from "./frames.js";
import { type Mutated, type MutatedFolder, mutatedFolder, mutatedSegment } from "./mutate.js";
import { putTogether } from "./piece.js";
import { type RunnerProcess, startRunner } from "./process.js";
import { families, sourceFiles } from "./sources.js";

const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
/** Segments; one folder comes with every twenty of them. */
const count = Number(process.env.BATON_MUTATED_SEGMENTS ?? 3_000);
const folderShare = 20;
/** Segments that are made and asked about at once. */
const batchSize = 500;
/** More of them than this are worth an optimised build. */
const isLong = count > 100_000;
const all = families();

/** How often each finding and each mutation came up. */
const seen = new Map<string, number>();
const see = (name: string): Map<string, number> => seen.set(name, (seen.get(name) ?? 0) + 1);

describe(`with BATON_SEED=${seed}`, () => {
  let runners: RunnerProcess[] = [];
  beforeAll(() => {
    runners = languages.map((language) => startRunner(language, isLong ? "release" : "dev"));
  });
  afterAll(() => {
    for (const runner of runners) runner.stop();
  });

  /** Answers of the first language, once those of all others are the same. */
  async function agreed(requests: readonly Request[], told: (i: number) => string): Promise<Uint8Array[]> {
    const [first, ...others] = await Promise.all(runners.map((runner) => runner.ask(requests)));
    for (const [i, answer] of first!.entries())
      for (const other of others)
        if (!Buffer.from(answer).equals(other[i]!)) {
          expect(fromBinary(ResponseSchema, other[i]!), told(i)).toEqual(fromBinary(ResponseSchema, answer));
          throw new Error(`the same answer in other bytes: ${told(i)}`);
        }
    return first!;
  }

  it(`${count} mutated segments are scanned alike, and every byte is accounted for once`, async () => {
    const started = Date.now();
    for (let from = 0; from < count; from += batchSize) {
      const batch = Array.from({ length: Math.min(batchSize, count - from) }, (_, i) =>
        mutatedSegment(all, seed, from + i),
      );
      const told = (i: number): string => toldOf(`segment ${from + i}`, batch[i]!);
      const answers = await agreed(
        batch.map(({ bytes }) => scanOf(bytes)),
        told,
      );
      for (const [i, answer] of answers.entries()) {
        expect(isCovered(batch[i]!, answer), told(i)).toBe(true);
        for (const name of batch[i]!.mutations) see(name);
      }
      const folders = Array.from({ length: Math.ceil(batch.length / folderShare) }, (_, i) =>
        mutatedFolder(all, seed, Math.floor(from / folderShare) + i),
      );
      const told2 = (i: number): string => toldOfFolder(`folder ${Math.floor(from / folderShare) + i}`, folders[i]!);
      await agreed(folders.map(readOf), told2);
      if (isLong && from % 50_000 === 0) report(from, started);
    }
    report(count, started);
  }, 14_400_000);

  it("every finding and every mutation came up", () => {
    const names = [...Object.keys(frameMutations), ...Object.keys(byteMutations), ...findingNames];
    for (const name of names) expect(seen.get(name) ?? 0, name).toBeGreaterThan(0);
  });

  function report(done: number, started: number): void {
    const peaks = runners.map((runner) => {
      const peak = runner.memory()?.peakResident;
      return `${runner.language} ${peak === undefined ? "?" : Math.round(peak / 2 ** 20)} MiB`;
    });
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stdout.write(
      `${done} mutated segments in ${seconds} s, BATON_SEED=${seed}, peak memory: ${peaks.join(", ")}\n`,
    );
  }
});

/** What a scan finds; files that are too long are found by readers of folders alone. */
const findingNames = Object.keys(FindingType).filter(
  (name) => Number.isNaN(Number(name)) && name !== "UNSPECIFIED" && name !== "OVERSIZED",
);

/** Whether the findings of a scan follow each other, without a gap, up to the end of the file (section 4). */
function isCovered({ bytes }: Mutated, answer: Uint8Array): boolean {
  const { findings } = fromBinary(ResponseSchema, answer);
  let at = findings[0]?.offset;
  for (const { type, offset, length } of findings) {
    see(FindingType[type ?? 0] ?? "");
    if (offset !== at) return false;
    at = (offset ?? 0n) + (length ?? 0n);
  }
  return at === undefined || at === BigInt(bytes.length);
}

function scanOf(data: Uint8Array): Request {
  return create(RequestSchema, { question: { case: "scan", value: { data } } });
}

function readOf({ files }: MutatedFolder): Request {
  const now = BigInt(craftedAt + 60_000);
  return create(RequestSchema, { question: { case: "read", value: { files: [...files], now } } });
}

function toldOf(name: string, { bytes, mutations }: Mutated): string {
  return `BATON_SEED=${seed}, ${name}: ${mutations.join(", ")}\n${Buffer.from(bytes).toString("base64")}`;
}

function toldOfFolder(name: string, { files, mutations }: MutatedFolder): string {
  const parts = files.map(({ name: file, data }, i) => toldOf(file, { bytes: data, mutations: mutations[i]! }));
  return `${name}\n${parts.join("\n")}`;
}

it("what is taken apart comes together again as it was", () => {
  const bytes = sourceFiles().flat();
  expect(bytes.length).toBeGreaterThan(20);
  for (const [i, pieces] of all.flat().entries())
    expect(Buffer.from(putTogether(pieces).bytes).equals(bytes[i]!)).toBe(true);
});
