/** That the proof of the processes fails where Baton leaks: each leak is planted, caught, and named. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeVariant } from "./channels.js";
import { differences, keyedValues, outcomeOf } from "./comparison.js";
import { leaksIn } from "./leaks.js";
import { type MockProxy, startMockProxy } from "./mock-proxy.js";
import { isAll } from "./mode.js";
import { runPipeline } from "./pipeline.js";
import { patched, plantedPrograms } from "./planted.js";
import type { Programs } from "./programs.js";
import { makeWorld, type World } from "./world.js";

let folder: string;
let programs: Programs;
let proxy: MockProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baton-planted-"));
  programs = await plantedPrograms(folder);
  proxy = await startMockProxy();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await proxy.close();
});

/** Where a run differs from others. */
interface Run {
  /** Name of the leak, "" for none. */
  readonly leak: string;
  readonly step: string;
  readonly said?: string;
}

/** Runs a step on a machine of its own, and asks about it. The checkout lies at the same place each time. */
async function afterRun<T>({ leak, step, said = "" }: Run, ask: (world: World) => T): Promise<T> {
  const variant = makeVariant({ said, keyed: "" });
  const world = makeWorld({ variant, programs, proxy, checkout: join(folder, "project") });
  try {
    world.env.PLANTED = leak;
    await runPipeline(world, [step]);
    return ask(world);
  } finally {
    world.remove();
  }
}

/** What the search finds, with "…" for ids and hashes. */
function searched(world: World): string[] {
  return leaksIn(world).map((leak) => leak.replace(/[0-9a-f]{32,64}/, "…"));
}

describe("a leak is caught and named", () => {
  const segment = "home/state/segments/….seg";
  const log = "home/state/errors.log";
  const extra: ReadonlySet<string> = new Set([
    "command line in an unknown field",
    "refused text in an error",
    "answer beside the user's folder",
  ]);
  for (const [leak, step, found] of [
    ["command line in a note", "run", [`argument, raw, in ${segment}`]],
    [
      "command line in an unknown field",
      "run",
      ["base64", "base64url"].map((form) => `argument, ${form}, in ${segment}`),
    ],
    ["output of a tool in a note", "codex-after", [`tool-output, raw, in ${segment}`]],
    ["refused text in a log", "mcp", ["query", "refused", "key"].map((channel) => `${channel}, raw, in ${log}`)],
    ["refused text in an error", "mcp", ["refused", "key"].map((channel) => `${channel}, raw, in what mcp prints`)],
    ["hash of a prompt", "codex-prompt", ["prompt, sha256 in hex, in the name home/…"]],
    ["answer in a temporary file", "codex-stop", ["answer, raw, gzip, in home/tmp/answer"]],
    ["answer beside the user's folder", "codex-stop", [expect.stringMatching(/^written elsewhere: .*answer$/)]],
  ] as const)
    it.runIf(isAll || !extra.has(leak))(`${leak}`, async () => {
      expect(await afterRun({ leak, step }, searched)).toEqual(found);
    });

  it("prompt under a key, which no search finds: it changes what is written, and shows in what is keyed", async () => {
    const step = "codex-prompt";
    const look = (world: World) => ({
      found: searched(world),
      outcome: outcomeOf(world),
      values: keyedValues(world).get(step),
    });
    const pair = async (leak: string) => {
      const one = await afterRun({ leak, step }, look);
      const other = await afterRun({ leak, step, said: "-heron" }, look);
      expect([one.found, other.found]).toEqual([[], []]);
      return { differences: differences(one.outcome, other.outcome), values: [one.values, other.values] };
    };
    const leaking = await pair("prompt under a key");
    const once = expect.stringMatching(/^only once: home\/[0-9a-f]{64}$/);
    expect(leaking.differences).toEqual([once, once]);
    expect(leaking.values).toEqual([["canary-prompt is said"], ["so here is canary-prompt-heron and more"]]);
    expect(await pair("")).toEqual({ differences: [], values: [undefined, undefined] });
  });
});

describe("a leak cannot be planted", () => {
  it("where its line is gone, or there twice", () => {
    const line = "const event = pickEvent(readEvent(0));";
    expect(patched("cli/hook.ts", line)).toContain("PLANTED");
    expect(() => patched("cli/hook.ts", "")).toThrow("has 0 lines");
    expect(() => patched("cli/hook.ts", `${line}\n${line}`)).toThrow("has 2 lines");
  });
});
