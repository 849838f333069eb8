import { spawn } from "node:child_process";
import { readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { craft, joined, note, sealed, withRecord } from "../../../conformance/craft.js";
import { readFolder, readNews, recordsOf } from "../../src/segment/folder.js";
import { fromHex } from "../../src/segment/hex.js";
import { highestStamp } from "../../src/segment/seed.js";
import { openWriter } from "../../src/segment/writer.js";
import { build } from "../segment/build.js";
import { note as guardedNote } from "../segment/writing.js";
import { answers, stateDirectory } from "./home.js";
import { stepping } from "./steps.js";

const state = stateDirectory();
const { dir, fill, files, merge, put } = state;
const locks = () => join(state.home(), "locks");

describe("one merge at a time (SEG-055)", () => {
  it("a second one does nothing while the first one runs, and the lease is given back", () => {
    fill(300);
    const seen: unknown[] = [];
    const nested = stepping((_, step) => {
      if (step === "create") seen.push(merge(), readdirSync(locks()));
    });
    expect(merge({ files: nested }).written).toBe(1);
    expect(seen).toEqual([expect.objectContaining({ written: 0, deleted: 0 }), ["gc.1"]]);
    expect(readdirSync(locks())).toEqual([]);
  });

  it("a lease that was not touched for ten minutes is taken over, and who held it does not seal any more", () => {
    fill(300);
    const before = answers(dir());
    let syncs = 0;
    const asleep = stepping((_, step) => {
      if (step !== "syncNow" || syncs++ > 0) return;
      const past = new Date(Date.now() - 11 * 60_000);
      utimesSync(join(locks(), "gc.1"), past, past);
      expect(merge().written).toBe(1);
    });
    expect(merge({ files: asleep })).toMatchObject({ written: 0, deleted: 0 });
    expect(answers(dir())).toEqual(before);
    expect(files()).toHaveLength(1);
    expect(readdirSync(locks())).toEqual([]);
  });

  it("who slept does not seal while somebody else is at work", () => {
    const names = fill(300);
    const asleep = stepping((_, step) => {
      if (step === "syncNow") writeFileSync(join(locks(), "gc.2"), "another");
    });
    expect(merge({ files: asleep })).toMatchObject({ written: 0, deleted: 0 });
    expect(files()).toEqual(names.sort());
    expect(readdirSync(locks())).toEqual(["gc.2"]);
  });

  it("says nothing and changes nothing where the directory cannot be written", () => {
    const names = fill(300);
    writeFileSync(locks(), "");
    expect(merge()).toMatchObject({ written: 0, deleted: 0 });
    expect(files()).toEqual(names.sort());
  });
});

describe("while a merge runs", () => {
  it("a reader finds the same records at every step, and a cache is void or has missed nothing (SEG-034, SEG-035)", () => {
    fill(300);
    const before = answers(dir());
    const { seen } = readFolder(dir());
    let voids = 0;
    const look = (number: number) => {
      if (number > 20 && number % 50 !== 0) return;
      expect(answers(dir())).toEqual(before);
      const news = readNews(dir(), seen);
      if (news === undefined) voids++;
      else expect([...recordsOf(news)]).toEqual([]);
    };
    merge({ files: stepping(look, look) });
    expect(voids).toBeGreaterThan(5);
    const fresh = readFolder(dir());
    expect([...recordsOf(readNews(dir(), fresh.seen)!)]).toEqual([]);
  });

  it("a writer that lives goes on in its own segment, and nothing of it is missed", () => {
    fill(300);
    const writer = openWriter({
      dir: dir(),
      durability: "written",
      writerName: "t",
      writerVersion: "0",
      now: Date.now,
    });
    const put = (text: string) => {
      writer.put(guardedNote(text));
      writer.commit();
    };
    put("before");
    let count = 0;
    merge({ files: stepping((number) => number < 20 && put(`during ${++count}`)) });
    put("after");
    writer.close();
    expect(answers(dir())).toHaveLength(300 + count + 2);
    expect(files()).toHaveLength(2);
  });

  it("a reader in another process loses nothing and counts nothing twice", async () => {
    const churn = spawn(process.execPath, ["--import", "tsx", "ts/test/merge/churn.ts", state.home(), "6"]);
    const ended = new Promise<number | null>((resolve) => churn.once("exit", resolve));
    const told: Buffer[] = [];
    churn.stdout.on("data", (data: Buffer) => told.push(data));
    let most = 0;
    let readings = 0;
    while (churn.exitCode === null) {
      const count = [...recordsOf(readFolder(dir()))].length;
      expect(count).toBeGreaterThanOrEqual(most);
      most = count;
      readings++;
      await turn();
    }
    expect(await ended).toBe(0);
    expect(Buffer.concat(told).toString()).toBe("merged 6 times\n");
    expect(answers(dir())).toHaveLength(6 * 300);
    expect(readings).toBeGreaterThan(10);
  }, 120_000);
});

describe("the bounds of a merge (SEG-050)", () => {
  /** A clock that goes on by so many milliseconds whenever it is asked. */
  const ticking = (ms: number) => {
    let now = 0;
    return () => (now += ms);
  };

  it("it does nothing where not even all headers can be read in time", () => {
    fill(300);
    expect(merge({ budgetMs: 300, clock: ticking(1) })).toMatchObject({ written: 0, deleted: 0 });
    expect(files()).toHaveLength(300);
    expect(merge({ budgetMs: 0 })).toMatchObject({ written: 0 });
  });

  it("it takes what it can read in time, and deletes what it can delete; the rest is for the next one", () => {
    fill(300);
    const before = answers(dir());
    const short = merge({ budgetMs: 1000, clock: ticking(1.6) });
    expect(short.written).toBe(1);
    expect(short.replaced).toBeLessThan(300);
    expect(short.deleted).toBeLessThanOrEqual(short.replaced);
    expect(answers(dir())).toEqual(before);
    fill(300, "more");
    expect(merge()).toMatchObject({ written: 1 });
    expect(files()).toHaveLength(1);
  });

  it("what a snapshot knows it need not look at, so that a slow machine gets on too (SEG-035)", () => {
    fill(300);
    const before = answers(dir());
    const slow = () => ({ budgetMs: 300, clock: ticking(1) });
    expect(merge(slow())).toMatchObject({ written: 0 });
    expect(merge({ ...slow(), known: readFolder(dir()).seen })).toMatchObject({ written: 1 });
    expect(answers(dir())).toEqual(before);
  });

  it("what has come or changed since that snapshot is looked at all the same", () => {
    const names = fill(300);
    const { seen: known } = readFolder(dir());
    // A compaction that left a record out and could not delete the segment that held it.
    const named = readFolder(dir()).segments[7]!.scanned;
    const replaces = [{ segmentId: fromHex(named.segment!), bytes: BigInt(named.size) }];
    put(craft("compacted since", { replaces }));
    // Another segment and a cut one under names that the snapshot knows, and a copy of a third.
    const { kind, payload } = note(9);
    const other = { segment: "a".repeat(32), writer: "b".repeat(32), frames: [{ kind, payload }], isSealed: true };
    expect(build(other).bytes).toHaveLength(state.bytesOf(names[1]!).length);
    writeFileSync(join(dir(), names[1]!), build(other).bytes);
    writeFileSync(join(dir(), names[2]!), state.bytesOf(names[2]!).subarray(0, -7));
    writeFileSync(join(dir(), "copy.seg"), state.bytesOf(names[3]!));
    const kept = [1, 2, 3].map((i) => [names[i]!, state.bytesOf(names[i]!)] as const);
    const before = answers(dir());
    expect(before).toHaveLength(299);
    expect(merge({ known }).written).toBe(1);
    expect(answers(dir())).toEqual(before);
    for (const [name, bytes] of kept) expect(state.bytesOf(name).equals(bytes), name).toBe(true);
  });

  it("it copies at most 16 MiB, the smallest segments first", () => {
    fill(300);
    const payload = new Uint8Array(4000);
    for (let i = 0; i < 40; i++) {
      const writer = openWriter({
        dir: dir(),
        durability: "written",
        writerName: "t",
        writerVersion: "0",
        now: Date.now,
      });
      for (let j = 0; j < 230; j++) writer.put({ ...guardedNote("x"), payload } as ReturnType<typeof guardedNote>);
      writer.close();
    }
    const size = () => files().reduce((sum, file) => sum + state.bytesOf(file).length, 0);
    const before = size();
    const report = merge();
    expect(report.written).toBeGreaterThan(1);
    expect(report.replaced).toBe(300 + 18);
    expect(size()).toBeLessThan(before * 1.05);
    for (const file of files()) expect(state.bytesOf(file).length).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});

const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));

it(`random segments give the same answers and stamps after any merge (SEG-052, BATON_SEED=${seed})`, () => {
  const record = fc.record({
    kind: fc.integer({ min: 1, max: 60 }),
    size: fc.integer({ min: 0, max: 200 }),
    number: fc.nat(50),
  });
  const segment = fc.record({
    writer: fc.nat(20),
    firstSeq: fc.integer({ min: 1, max: 40 }),
    records: fc.array(record, { maxLength: 4 }),
    end: fc.constantFrom("sealed", "sealed", "sealed", "open", "tail"),
    hasOrigin: fc.boolean(),
  });
  const property = fc.property(
    fc.array(fc.array(segment, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 3 }),
    (rounds) => {
      for (const file of files()) rmSync(join(dir(), file));
      const now = Date.UTC(2027, 0, 1);
      for (const [round, segments] of rounds.entries()) {
        fill(260, `round ${round}`);
        for (const [i, { writer, firstSeq, records, end, hasOrigin }] of segments.entries()) {
          let crafted = craft(`random ${round} ${i}`, {
            writerId: craft(`w ${writer}`).writer,
            firstSeq: BigInt(firstSeq),
          });
          for (const { kind, size, number } of records) {
            const payload = size > 150 ? new Uint8Array(size).fill(number) : note(number).payload;
            const origin = { writer: craft(`o ${number}`).writer, seq: number + 1 };
            crafted = withRecord(crafted, { kind, payload, ...(hasOrigin ? { origin } : {}) });
          }
          const bytes =
            end === "sealed"
              ? sealed(crafted)
              : end === "open"
                ? crafted.bytes
                : joined(crafted.bytes, Uint8Array.of(9));
          put(crafted, bytes);
        }
        const before = answers(dir());
        const stamp = highestStamp(dir(), now);
        expect(merge().written).toBeGreaterThan(0);
        expect(answers(dir())).toEqual(before);
        expect(highestStamp(dir(), now)).toEqual(stamp);
      }
    },
  );
  const future = { kind: 1, size: 180, number: 8 };
  const ofFuture = { writer: 0, firstSeq: 1, records: [future], end: "sealed" as const, hasOrigin: false };
  fc.assert(property, { seed, numRuns: 12, examples: [[[[ofFuture]]]] });
}, 300_000);
