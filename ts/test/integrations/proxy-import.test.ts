import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sanitizeUsageEvent } from "../../src/integrations/proxy/index.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { exportUsage } from "../../src/usage/export.js";
import { event, lineOf, makePlace, nothing, now, randomOf, write } from "./build.js";

const dayMs = 24 * 60 * 60 * 1000;

describe("an import after the drop-in adds nothing (USE-062, USE-063)", () => {
  test("and the records give back the file, byte for byte", async () => {
    const place = makePlace();
    const store = place.store();
    for (let i = 0; i < 100; i++)
      store.record(event({ ts: now - 1000 + i, latency_ms: i, status: i % 9 ? 200 : 503, ok: i % 9 > 0 }));
    await store.flush();
    expect(place.imported()).toMatchObject({ ...nothing, lines: 100, exact: 100, known: 100 });
    const records = recordsOf(readFolder(join(place.home, "segments")));
    expect([...exportUsage(records)].map((line) => `${line}\n`).join("")).toBe(place.text());
  });

  test("where the file holds twins, which get the ordinals of their lines", async () => {
    const place = makePlace();
    const store = place.store();
    for (const latency_ms of [1, 1, 2, 1, 2]) store.record(event({ latency_ms }));
    await store.flush();
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 1, 0, 2, 1]);
    expect(place.imported()).toMatchObject({ ...nothing, known: 5 });
  });

  test("where twins are written before and after a restart", async () => {
    const place = makePlace();
    for (let process = 0; process < 3; process++) {
      const store = place.store();
      store.record(event());
      store.record(event());
      await store.flush();
    }
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(place.imported()).toMatchObject({ ...nothing, known: 6 });
  });

  test("where the twins before it were written by upstream, and imported", async () => {
    const place = makePlace();
    write(place, lineOf() + lineOf());
    const store = place.store();
    store.record(event());
    await store.flush();
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([2]);
    expect(place.imported()).toMatchObject({ added: 2, known: 1 });
  });

  test("where another process appends to the file in between", async () => {
    const place = makePlace();
    const store = place.store();
    store.record(event());
    await store.flush();
    write(place, lineOf() + lineOf({ ts: now }) + lineOf({ ts: now + 5 }));
    for (const ts of [now - 1000, now + 5, now, now + 6, now + 5]) {
      store.record(event({ ts }));
      await store.flush();
    }
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 2, 1, 1, 0, 2]);
    expect(place.imported()).toMatchObject({ added: 3, known: 6 });
  });

  test("where another process appends again and again, before, between and behind the times of this one", async () => {
    const place = makePlace();
    const store = place.store();
    for (const ts of [now, now, now + 10]) {
      store.record(event({ ts }));
      await store.flush();
    }
    const ordinals: number[] = [];
    for (const ts of [now, now + 10, now + 5, now + 20, now - 5]) {
      write(place, lineOf({ ts }) + lineOf({ ts, latency_ms: 1 }));
      store.record(event({ ts }));
      await store.flush();
      ordinals.push(place.usages().at(-1)!.ordinal);
    }
    expect(ordinals).toEqual([3, 2, 1, 1, 1]);
    expect(place.imported()).toMatchObject({ added: 10, known: 8 });
  });

  test("where the file is pruned, by the store and by others", async () => {
    const place = makePlace();
    const store = place.store({ retentionDays: 3, pruneIntervalMs: 1 });
    store.record(event({ ts: now - 9 * dayMs }));
    for (let i = 0; i < 5; i++) {
      store.record(event());
      await store.flush();
      place.store({ retentionDays: 3 }).pruneOldEvents(now);
    }
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 0, 1, 2, 3, 4]);
    expect(place.imported()).toMatchObject({ ...nothing, known: 5 });
  });

  test("where the file is deleted, or another one is put in its place", async () => {
    const place = makePlace();
    const store = place.store();
    for (const text of ["", lineOf({ latency_ms: 5 }), lineOf() + lineOf()]) {
      rmSync(place.path, { force: true });
      write(place, text);
      store.record(event());
      store.record(event());
      await store.flush();
    }
    expect(place.imported()).toMatchObject({ ...nothing, known: 4 });
  });

  test("where the clock goes back, and where lines are from the future", async () => {
    const place = makePlace();
    write(place, lineOf({ ts: now + 400 * dayMs }) + lineOf({ ts: now - 5 }) + lineOf({ ts: now + 400 * dayMs }));
    const store = place.store();
    for (const ts of [now, now - 1, now - 5, now - 6, now, now + 1, now + 400 * dayMs, now - 5])
      store.record(event({ ts }));
    await store.flush();
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([0, 0, 1, 0, 1, 0, 2, 2]);
    expect(place.imported()).toMatchObject({ added: 3, known: 8 });
  });

  test("behind lines that are broken, blank, odd, cut off, or none of the schema's", async () => {
    const place = makePlace();
    const odd = JSON.stringify({ extra: 1, ...sanitizeUsageEvent(event()) });
    write(place, `broken\n\n${odd}\n${lineOf({ model: "no model, but a sentence" })}${lineOf().slice(0, 50)}`);
    const store = place.store();
    for (let i = 0; i < 3; i++) store.record(event());
    await store.flush();
    // The first line of the store ends the one that was cut off, so that nobody can read either.
    expect(place.usages().map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
    expect(place.imported()).toMatchObject({ added: 1, known: 2, refused: [{ line: 1 }, { line: 4 }, { line: 5 }] });
  });

  const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));
  test(`whatever happens, in any order (BATON_SEED=${seed})`, async () => {
    const random = randomOf(seed);
    for (let round = 0; round < 12; round++) {
      const place = makePlace();
      let store = place.store({ retentionDays: 9 });
      for (let step = 0; step < 60; step++) {
        const changes = {
          ts: now - random(4) * (random(2) ? 1 : dayMs),
          latency_ms: random(2),
          model: `m-${random(2)}`,
        };
        const choice = random(12);
        if (choice === 0) {
          await store.flush();
          store = place.store({ retentionDays: 9 });
        } else if (choice === 1) store.pruneOldEvents(now);
        else if (choice === 2) await store.flush();
        else store.record(event(changes));
      }
      await store.flush();
      expect(place.imported(), `round ${round}`).toMatchObject({ added: 0, refused: [] });
    }
  });

  test("with far more times than are held in memory", async () => {
    const place = makePlace();
    const store = place.store();
    for (let i = 0; i < 700; i++) store.record(event({ ts: now - 1000 + i }));
    for (const i of [699, 500, 3, 699, 700]) store.record(event({ ts: now - 1000 + i }));
    await store.flush();
    expect(
      place
        .usages()
        .slice(700)
        .map(({ ordinal }) => ordinal),
    ).toEqual([1, 1, 1, 2, 0]);
    expect(place.imported()).toMatchObject({ ...nothing, known: 705 });
  });
});
