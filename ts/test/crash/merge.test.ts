import { expect, it, vi } from "vitest";
import { craft, joined, sealed } from "../../../conformance/craft.js";
import { drawFrom } from "../../../conformance/draw.js";
import type { MergeFiles } from "../../src/merge/files.js";
import { mergeSegments } from "../../src/merge/merge.js";
import { now } from "../gc/records.js";
import { fileOf, notes } from "../merge/home.js";
import { budgetMs } from "../merge/steps.js";
import { answersOf, compactedHome, type Files } from "./compaction.js";
import { cutPower, damageNames } from "./damage.js";
import { leftByProcess } from "./disk.js";
import { crashFiles } from "./files.js";
import { isDeep, say } from "./runs.js";

vi.setConfig({ testTimeout: 3_600_000 });

const state = compactedHome();

/** So many sealed segments that a merge is due, one that is being written, and one of a merge that was never finished. */
function mergeable(): Files {
  const small = Array.from({ length: 258 }, (_, i) => notes(`small ${i}`, i + 1));
  const living = notes("living", 1, 2);
  const unfinished = craft("unfinished", { replaces: [{ segmentId: small[0]!.segment, bytes: 999n }] });
  return new Map([
    ...small.map((each) => [fileOf(each), sealed(each)] as const),
    [fileOf(living), living.bytes],
    [fileOf(unfinished), joined(unfinished.bytes, Uint8Array.of(9))],
  ]);
}

function merge(files: MergeFiles): void {
  mergeSegments({ home: state.home, writerName: "test", writerVersion: "0", now, budgetMs, files });
}

it("a merge whose power is cut at any step leaves every record once, and the next one the same (SEG-053)", () => {
  const files = mergeable();
  const { records } = answersOf(files);
  const sound = crashFiles(state.hold(files));
  merge(sound);
  const [calls, deletions] = [sound.count(), 12];
  expect(calls).toBeGreaterThan(260);
  const draw = drawFrom(5);
  let states = 0;
  // Deletions are like each other: a few of them stand for all.
  const step = isDeep ? 8 : 100;
  for (let at = 1; at <= calls + 1; at += at < deletions ? 1 : step) {
    const disk = state.hold(files);
    merge(crashFiles(disk, { goneAt: at }));
    expect(answersOf(leftByProcess(disk)).records, `killed at call ${at}`).toEqual(records);
    const tried = isDeep ? damageNames : damageNames.filter((_, i) => i % 4 === at % 4);
    for (const [i, damage] of tried.entries()) {
      const left = cutPower(disk, { damage, names: "drawn" }, draw);
      const where = `${damage} at call ${at}`;
      expect(answersOf(left).records, where).toEqual(records);
      states++;
      if (i > 0 && !isDeep) continue;
      const again = state.hold(left);
      merge(crashFiles(again, { goneAt: 1 + draw(20) }));
      const twice = cutPower(again, { damage: "drawn", names: "drawn" }, draw);
      expect(answersOf(twice).records, `${where}, and again`).toEqual(records);
      merge(crashFiles(state.hold(twice)));
      expect(answersOf(state.files()).records, `${where}, in the end`).toEqual(records);
      states++;
    }
  }
  say(`merge, every call: ${calls} calls, ${states} power cuts`);
});
