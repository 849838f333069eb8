import type * as fs from "node:fs";
import type { Dirent } from "node:fs";
import { expect, it, vi } from "vitest";
import { readFolder, readNews, recordsOf } from "../../src/segment/folder.js";
import { answersOf, compactable, compactedHome } from "./compaction.js";
import { crashFiles } from "./files.js";
import { identityOf } from "./law.js";
import { isDeep, say } from "./runs.js";

vi.setConfig({ testTimeout: 3_600_000 });

/** Called ahead of each listing of a folder and each opening of a file, and with what a listing gave. */
const system = vi.hoisted(() => ({
  before: (): void => {},
  listed: (entries: Dirent[]): Dirent[] => entries,
}));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  const hooked = <A extends unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      system.before();
      return call(...args);
    };
  };
  const list = real.readdirSync as (dir: string, options: { withFileTypes: true }) => Dirent[];
  const listing = hooked((dir: string, options: { withFileTypes: true }) => system.listed(list(dir, options)));
  return { ...real, readdirSync: listing, openSync: hooked(real.openSync) };
});

/** Does something ahead of one call of the system that a reader makes, from 1. Gives what it read, and how many calls it made. */
function reading<T>(read: () => T, at: number, meanwhile: () => void): { readonly result: T; readonly calls: number } {
  let calls = 0;
  system.before = () => {
    calls++;
    if (calls !== at) return;
    const mine = system.before;
    system.before = () => {};
    meanwhile();
    system.before = mine;
  };
  try {
    return { result: read(), calls };
  } finally {
    system.before = () => {};
  }
}

const state = compactedHome();
const files = compactable();

it("a reader that listed or opened anything before a compaction sealed and deleted misses nothing (SEG-034, SEG-035)", () => {
  const sound = crashFiles(state.hold(files));
  state.gc(sound);
  const kept = answersOf(state.files()).records;
  const before = answersOf(files).records;
  state.hold(files);
  const { calls } = reading(
    () => readFolder(state.dir),
    0,
    () => {},
  );
  const { seen } = readFolder(state.dir);
  let runs = 0;
  let voids = 0;
  for (let at = 1; at <= calls; at++)
    for (let goneAt = 1; goneAt <= sound.count() + 1; goneAt += isDeep ? 1 : 3) {
      const where = `compacted to call ${goneAt} ahead of call ${at} of the reader`;
      const compact = (): void => {
        state.gc(crashFiles(disk, { goneAt }));
      };
      let disk = state.hold(files);
      const { result } = reading(() => readFolder(state.dir), at, compact);
      const loaded = [...recordsOf(result)].map(identityOf).sort();
      expect(
        kept.filter((each) => !loaded.includes(each)),
        where,
      ).toEqual([]);
      expect(
        loaded.filter((each, i) => !before.includes(each) || loaded[i + 1] === each),
        where,
      ).toEqual([]);
      disk = state.hold(files);
      const { result: news } = reading(() => readNews(state.dir, seen), at, compact);
      if (news === undefined) voids++;
      else expect([...recordsOf(news)], `${where}, with a cache`).toEqual([]);
      runs += 2;
    }
  expect(voids).toBeGreaterThan(5);
  say(`readers under a compaction: ${runs} runs, ${voids} caches void`);
});

it("a reader whose listing shows neither what a compaction wrote nor what it replaced lists again (SEG-034)", () => {
  state.hold(files);
  state.gc();
  const kept = answersOf(state.files()).records;
  let listings = 0;
  // A listing takes time: what is deleted ahead of it is not in it, nor is what is made behind it. A reader lists twice
  // before it reads.
  system.listed = (entries) => (listings++ < 2 ? entries.filter(({ name }) => files.has(name)) : entries);
  try {
    const loaded = [...recordsOf(readFolder(state.dir))].map(identityOf).sort();
    expect(loaded).toEqual(kept);
  } finally {
    system.listed = (entries) => entries;
  }
});
