/** Files that ask for more memory than they are long get none: SEG-028, measured as the system counts it. */
import { create } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Request, RequestSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { languages } from "../languages.js";
import { crowdedFiles, lyingFiles } from "./greedy.js";
import { type RunnerProcess, startRunner } from "./process.js";

const mebibyte = 2 ** 20;
/** Address space that a language may take for all files with sizes that lie; one size from 2^31 on would be more alone. */
const roomForLies = 128 * mebibyte;
/** Bytes of memory per byte of a file, and bytes besides, that a runner takes at most, its question and answer included. */
const perByte = 32;
const besides = 64 * mebibyte;
/** Bytes of a crowded file. */
const crowd = mebibyte / 4;

const scanOf = (data: Uint8Array): Request => create(RequestSchema, { question: { case: "scan", value: { data } } });
const readOf = (data: Uint8Array): Request =>
  create(RequestSchema, { question: { case: "read", value: { files: [{ name: "a.seg", data }], now: 1n } } });

describe.runIf(process.platform === "linux").each(languages)("%s", (language) => {
  let runner: RunnerProcess;
  beforeAll(async () => {
    runner = startRunner(language, "dev");
    await runner.ask([scanOf(new Uint8Array(crowd)), readOf(new Uint8Array(crowd))]);
  }, 600_000);
  afterAll(() => runner.stop());

  it("reserves no memory for a size that the file does not have", async () => {
    const before = runner.memory()?.peakReserved ?? 0;
    for (const { bytes } of lyingFiles()) await runner.ask([scanOf(bytes), readOf(bytes)]);
    expect((runner.memory()?.peakReserved ?? Number.NaN) - before).toBeLessThan(roomForLies);
  }, 300_000);

  it.each(crowdedFiles(crowd))(
    "takes at most a stated multiple of a file of $name",
    async ({ bytes }) => {
      for (const ask of [scanOf, readOf]) {
        runner.forgetPeak();
        const before = runner.memory()?.resident ?? 0;
        await runner.ask([ask(bytes)]);
        const taken = (runner.memory()?.peakResident ?? Number.NaN) - before;
        expect(taken).toBeLessThan(perByte * bytes.length + besides);
      }
    },
    300_000,
  );
});
