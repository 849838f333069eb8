/** A state directory of its own for every test, full of small segments, and what readers find in it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Crafted, craft, idOf, note, sealed, stampOf, withRecord } from "../../../conformance/craft.js";
import { type MergeInit, type MergeReport, mergeSegments } from "../../src/merge/merge.js";
import { splitStamp } from "../../src/record/stamp.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { toHex } from "../../src/segment/hex.js";
import { build } from "../segment/build.js";
import { budgetMs } from "./steps.js";

/** What readers count, without the places: writer, number, kind and payload, in byte order. */
export function answers(dir: string): string[] {
  return [...recordsOf(readFolder(dir))]
    .map(({ writer, seq, kind, payload }) => `${writer} ${seq} ${kind} ${Buffer.from(payload).toString("hex")}`)
    .sort();
}

/** A crafted segment whose records are notes with these numbers. */
export function notes(name: string, ...numbers: number[]): Crafted {
  return numbers.reduce((sofar, number) => withRecord(sofar, note(number)), craft(name));
}

/** Bytes of a sealed segment with one note. */
export function smallSegment(name: string, number = 1): Uint8Array {
  return sealed(notes(name, number));
}

/** Name of the file of a crafted segment. */
export function fileOf({ segment }: Pick<Crafted, "segment">): string {
  return `${Buffer.from(segment).toString("hex")}.seg`;
}

/** Makes a state directory for each test of the file that calls it. */
export function stateDirectory() {
  let home = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "baton-merge-"));
    mkdirSync(join(home, "segments"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const dir = () => join(home, "segments");
  function put(crafted: Crafted): string;
  function put(crafted: Pick<Crafted, "segment">, bytes: Uint8Array): string;
  function put(crafted: Pick<Crafted, "segment">, bytes: Uint8Array = sealed(crafted as Crafted)): string {
    writeFileSync(join(dir(), fileOf(crafted)), bytes);
    return fileOf(crafted);
  }
  return {
    home: () => home,
    dir,
    put,
    /** Puts sealed segments of one note each, of a writer each. */
    fill(count: number, prefix = "small"): string[] {
      return Array.from({ length: count }, (_, i) => {
        const segment = toHex(idOf(`segment ${prefix} ${i}`));
        const writer = toHex(idOf(`writer ${prefix} ${i}`));
        const { kind, payload } = note(i + 1);
        const maxStamp = splitStamp(stampOf(payload));
        const { bytes } = build({ segment, writer, frames: [{ kind, payload }], isSealed: true, maxStamp });
        writeFileSync(join(dir(), `${segment}.seg`), bytes);
        return `${segment}.seg`;
      });
    },
    files: () => readdirSync(dir()).sort(),
    bytesOf: (file: string): Buffer => readFileSync(join(dir(), file)),
    merge: (init: Partial<MergeInit> = {}): MergeReport =>
      mergeSegments({ home, writerName: "test", writerVersion: "0", now: 1_700_000_000_000, budgetMs, ...init }),
  };
}
