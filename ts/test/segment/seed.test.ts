import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noStamp, splitStamp } from "../../src/record/stamp.js";
import { systemFiles } from "../../src/segment/files.js";
import { highestStamp } from "../../src/segment/seed.js";
import { idOf } from "./build.js";
import { note, segmentsFolder, start } from "./writing.js";

const { dir, writerOf } = segmentsFolder();

describe("the stamp that a recorder starts from", () => {
  const at = (ms: number, count = 0) => (BigInt(ms) << 16n) + BigInt(count);

  it("is the highest in sealed and open segments, what is over a day ahead left out (SEG-046)", () => {
    expect(highestStamp(dir(), start)).toEqual(noStamp);
    const open = writerOf();
    for (let i = 0; i < 2000; i++) open.put(note("word ".repeat(39), at(start, i)));
    open.commit();
    expect(highestStamp(dir(), start)).toEqual(splitStamp(at(start, 1999)));
    const sealed = writerOf();
    sealed.put(note("a", at(start + 5000)));
    sealed.close();
    expect(highestStamp(dir(), start)).toEqual(splitStamp(at(start + 5000)));
    const ahead = writerOf();
    ahead.put(note("a", at(start + 6000)));
    ahead.put(note("b", at(start + 2 * 86_400_000)));
    ahead.close();
    expect(highestStamp(dir(), start)).toEqual(splitStamp(at(start + 6000)));
    open.close();
  });

  it("is found in a sealed segment that is not named by its id too", () => {
    const sealed = writerOf();
    sealed.put(note("a", at(start + 5000)));
    sealed.close();
    const [file] = readdirSync(dir());
    renameSync(join(dir(), String(file)), join(dir(), `${idOf(1)}.seg`));
    expect(highestStamp(dir(), start)).toEqual(splitStamp(at(start + 5000)));
  });

  it("does not mind files that are no segments", () => {
    systemFiles.close(systemFiles.create(join(dir(), `${idOf(1)}.seg`)));
    expect(highestStamp(dir(), start)).toEqual(noStamp);
  });
});
