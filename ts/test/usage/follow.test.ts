import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { errors } from "../../src/gen/tables.js";
import { batonError } from "../../src/record/error.js";
import { followUsage, tailOf } from "../../src/usage/follow.js";
import { createStore, fixture, line } from "./build.js";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-usage-"));
  path = join(folder, "usage.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a tail gives whole lines once, and waits for a file that is not there yet", () => {
  const tail = tailOf(path);
  const next = () => {
    const part = tail.next();
    return part && new TextDecoder().decode(part.bytes);
  };
  expect(next()).toBeUndefined();
  writeFileSync(path, "a\nb");
  expect(next()).toBe("a\n");
  expect(next()).toBeUndefined();
  appendFileSync(path, "c\nd\n");
  expect(next()).toBe("bc\nd\n");
  expect(next()).toBeUndefined();
});

test("a tail starts over when the file was replaced, shortened or written anew (USE-027)", () => {
  const tail = tailOf(path);
  const next = () => new TextDecoder().decode(tail.next()?.bytes);
  writeFileSync(path, "a\nb\n");
  expect(next()).toBe("a\nb\n");
  writeFileSync(join(folder, "tmp"), "b\nc\n");
  renameSync(join(folder, "tmp"), path);
  expect(next()).toBe("b\nc\n");
  writeFileSync(path, "c\n");
  expect(next()).toBe("c\n");
  writeFileSync(path, "d\ne\nf\n");
  expect(next()).toBe("d\ne\nf\n");
});

test("following survives prunes and a busy lock, and every line counts once (USE-027)", async () => {
  const store = createStore();
  const stop = new AbortController();
  let busy = 2;
  const following = followUsage({
    path,
    everyMs: 5,
    signal: stop.signal,
    onPart: (part) => {
      if (busy-- > 0) throw batonError(errors.USAGE_BUSY);
      store.add(part.bytes, { progress: part.progress });
    },
  });
  const until = async (count: number) => {
    while (store.records.filter((record) => record.kind === 23).length < count)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const twin = `${line()}\n`;
  writeFileSync(path, fixture("mixed.jsonl"));
  await until(324);
  writeFileSync(join(folder, "tmp"), fixture("mixed.pruned.jsonl"));
  renameSync(join(folder, "tmp"), path);
  await new Promise((resolve) => setTimeout(resolve, 40));
  appendFileSync(path, twin);
  await until(325);
  appendFileSync(path, twin);
  await until(326);
  stop.abort();
  await following;
  expect(store.records.filter((record) => record.kind === 23).length).toBe(326);
});

test("another error ends the following", async () => {
  writeFileSync(path, "a\n");
  const failing = followUsage({
    path,
    signal: new AbortController().signal,
    onPart: () => {
      throw batonError(errors.SEGMENT_IO);
    },
  });
  await expect(failing).rejects.toMatchObject({ code: "BTN-S07" });
});
