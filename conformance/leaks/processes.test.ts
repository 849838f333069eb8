/**
 * Private text in every way into Baton, in real processes: none of it is kept, and nothing that is kept depends on it
 * (docs/privacy-proof.md).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeVariant } from "./channels.js";
import { differences, keyedValues, type Outcome, outcomeOf, purposeOf } from "./comparison.js";
import { runKilled } from "./killed.js";
import { leaksIn, unusedIn } from "./leaks.js";
import { type MockProxy, startMockProxy } from "./mock-proxy.js";
import { isAll } from "./mode.js";
import { runNative } from "./native.js";
import { runPipeline } from "./pipeline.js";
import { builtPrograms } from "./programs.js";
import { makeWorld, type World } from "./world.js";

const programs = builtPrograms();

let proxy: MockProxy;
let one: World;
let other: World;
let outcome: Outcome;

beforeAll(async () => {
  proxy = await startMockProxy();
  one = makeWorld({ variant: makeVariant({ said: "", keyed: "" }), programs, proxy });
  await runPipeline(one);
  outcome = outcomeOf(one);
  other = makeWorld({ variant: makeVariant({ said: "-heron", keyed: "-wagtail" }), programs, proxy, replay: one });
  await runPipeline(other);
});

afterAll(async () => {
  for (const world of [one, other]) world?.remove();
  await proxy.close();
});

/** What the programs leave: all that the state directory may hold, and the proxy's own file. */
const left = ["asked", "claims", "install.key", "latest.json", "pending", "segments"].map(
  (name) => `home/state/${name}`,
);

describe("what is private", () => {
  it("comes in by every channel, and is found where it is planted", () => {
    for (const world of [one, other]) expect(unusedIn(world)).toEqual([]);
  });

  it("is nowhere in what Baton writes and prints, in no form", () => {
    for (const world of [one, other]) {
      const files = [...world.written().keys()].filter((path) => !path.endsWith("/"));
      for (const path of [...left, "home/.config/opencode-proxy/usage.jsonl"])
        expect(files.filter((file) => file.startsWith(path)).length, path).toBeGreaterThan(0);
      expect(leaksIn(world)).toEqual([]);
    }
  });

  it("changes no byte of what is written and printed; ids, arguments, places and changes count under install.key alone", () => {
    expect(differences(outcome, outcomeOf(other))).toEqual([]);
  });

  it("gets under install.key as ids, arguments, places and changes, and as nothing else", () => {
    expect(keyedValues(other)).toEqual(keyedValues(one));
    const purposes = new Set([...keyedValues(one).values()].flat().map(purposeOf));
    expect([...purposes].sort()).toEqual(["argv", "asked", "call", "host", "id", "session", "tree", "worktree"]);
  });

  it.runIf(isAll)("changes no byte where ids, arguments, places and changes are the same", async () => {
    const variant = makeVariant({ said: "-bittern", keyed: "" });
    const third = makeWorld({ variant, programs, proxy, checkout: one.checkout });
    try {
      await runPipeline(third);
      expect(differences(outcome, outcomeOf(third))).toEqual([]);
      expect(leaksIn(third)).toEqual([]);
    } finally {
      third.remove();
    }
  });
});

describe("the native programs", () => {
  it("keep and print none of it either: launcher, index, bundle", async () => {
    await runNative(other);
    expect([...other.written().keys()].sort()).toEqual(
      expect.arrayContaining(["home/bundle.json", "home/state/index.redb"]),
    );
    expect(leaksIn(other)).toEqual([]);
  });
});

describe.runIf(isAll)("programs that are killed", () => {
  it("leave nothing but where the checkout lies, in the temporary folder: lease, snapshot, copy of the index", async () => {
    const stays = (await runKilled(other)).map((path) => path.replace(/(baton-)\w+/, "$1…"));
    const scratch = "home/tmp/baton-…";
    for (const path of ["home/state/locks/import.1", `${scratch}/index`, `${scratch}/objects/info/alternates`])
      expect(stays).toContain(path);
    expect(stays).toContainEqual(expect.stringMatching(/^home\/state\/latest\.json\.\d+$/));
    const found = leaksIn(other).map((leak) => leak.replace(/(baton-)\w+/, "$1…"));
    expect(found).toEqual([`folder, raw, in ${scratch}/objects/info/alternates`]);
  });
});
