import { spawnSync } from "node:child_process";
import { rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundle } from "../../../conformance/bundle.js";
import { mergeFiles } from "../../src/merge/files.js";
import { readFolder } from "../../src/segment/folder.js";
import { answers, stateDirectory } from "./home.js";
import { type Step, stepping } from "./steps.js";

const state = stateDirectory();
const { dir, fill, files, merge } = state;

/** A process that is gone: nothing that it would still do happens. */
class Gone extends Error {}

/** Steps up to a number happen; the one behind may happen in part, and none after it. */
function stoppingBehind(last: number, writes: "whole" | "half" = "whole") {
  let isGone = false;
  return stepping(
    (number) => {
      if (number > last) isGone = true;
      if (isGone) throw new Gone();
    },
    () => {},
    {
      ...mergeFiles,
      write(fd, bytes, start, end) {
        const half = start + Math.ceil((end - start) / 2);
        return mergeFiles.write(fd, bytes, start, writes === "half" ? half : end);
      },
    },
  );
}

/** The steps of a merge of these segments, in their order. */
function stepsOf(count: number): Step[] {
  const steps: Step[] = [];
  fill(count, "counted");
  merge({ files: stepping((_, step) => steps.push(step)) });
  for (const file of files()) rmSync(join(dir(), file));
  return steps;
}

describe("a merge that stops (SEG-053)", () => {
  it("writes, syncs, seals and syncs again before it deletes anything", () => {
    const steps = stepsOf(300);
    expect(steps.slice(0, 8)).toEqual([
      "create",
      "write",
      "write",
      "syncNow",
      "write",
      "syncNow",
      "syncFolder",
      "close",
    ]);
    expect(new Set(steps.slice(8, -1))).toEqual(new Set(["remove"]));
    expect(steps.at(-1)).toBe("syncFolder");
  });

  it.each(["whole", "half"] as const)(
    "leaves files that give the same answers behind every step, %s writes, and the next merge goes on from there",
    (writes) => {
      const count = 270;
      const steps = stepsOf(count);
      const last = writes === "whole" ? steps.length + 1 : 14;
      for (let behind = 0; behind <= last; behind = behind < 14 ? behind + 1 : behind + 60) {
        fill(count);
        const before = answers(dir());
        merge({ files: stoppingBehind(behind, writes) });
        expect(answers(dir()), `behind step ${behind}`).toEqual(before);
        // What the stopped one left unsealed holds up nobody, and goes after two days.
        fill(count, "more");
        const more = answers(dir());
        merge();
        expect(answers(dir())).toEqual(more);
        expect(files().length).toBeLessThanOrEqual(3);
        const past = new Date(Date.now() - 49 * 3_600_000);
        for (const { scanned, standing } of readFolder(dir()).segments)
          if (standing.name === "IGNORED") utimesSync(join(dir(), scanned.file), past, past);
        fill(count, "again");
        merge();
        // A file without a header holds nothing, and looks like that of any writer that has just begun.
        const names = readFolder(dir()).segments.map(({ standing }) => standing.name);
        expect(names.filter((name) => name === "IGNORED" || name === "REPLACED")).toEqual([]);
        expect(answers(dir())).toHaveLength(3 * count);
        for (const file of files()) rmSync(join(dir(), file));
      }
    },
    600_000,
  );

  it("survives kill -9 behind every step that writes, and behind deletions", () => {
    const program = bundle("ts/test/merge/killed.ts", state.home());
    for (const behind of [1, 2, 3, 4, 5, 6, 7, 20]) {
      fill(260);
      const before = answers(dir());
      const killed = spawnSync(process.execPath, [program, state.home(), `${behind}`]);
      expect(killed.signal).toBe("SIGKILL");
      expect(answers(dir()), `behind step ${behind}`).toEqual(before);
      // Its lease stands for ten minutes.
      expect(merge().written).toBe(0);
      rmSync(join(state.home(), "locks"), { recursive: true });
      for (const file of files()) rmSync(join(dir(), file));
    }
  }, 600_000);

  it.each(["create", "write", "syncNow", "syncFolder", "close", "remove"] as const)(
    "gives the same answers where %s fails, and says nothing",
    (failing) => {
      for (const code of ["ENOSPC", "EIO"]) {
        fill(300);
        const before = answers(dir());
        const fail = (_: number, step: Step) => {
          if (step === failing) throw Object.assign(new Error("injected"), { code });
        };
        const report = merge({ files: stepping(fail) });
        expect(answers(dir())).toEqual(before);
        if (failing !== "close" && failing !== "remove") {
          expect(report).toMatchObject({ written: 0, deleted: 0 });
          expect(files()).toHaveLength(300);
        }
        for (const file of files()) rmSync(join(dir(), file));
      }
    },
  );
});
