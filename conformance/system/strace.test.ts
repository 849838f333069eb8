import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../bundle.js";
import { drawFrom } from "../draw.js";
import { faultsOf, runOnce, subjects } from "./injected.js";
import { whyNot } from "./strace.js";

const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));
const why = whyNot();
if (why !== undefined) process.stderr.write(`[skip] system calls that fail: ${why}\n`);

describe.skipIf(why !== undefined)(`a system call that fails or is the last one (BATON_SEED=${seed})`, () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "baton-strace-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(subjects)("costs nothing that was acknowledged, at any point that is tried: %s", async (subject) => {
    const draw = drawFrom(seed);
    const scenario = bundle("conformance/system/scenario.ts", scratch);
    const faults = await faultsOf(subject, scenario, scratch);
    for (let i = 0; i < 3; i++) {
      const at = faults[draw(faults.length)]!;
      const { broken, isHit } = await runOnce(subject, scenario, scratch, at);
      expect([at, broken, isHit]).toEqual([at, [], true]);
    }
  });
});
