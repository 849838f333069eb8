/** A folder of segments of its own for every test, what writers do in it, and file systems that fail. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type GuardedRecord, guardRecord } from "../../src/guard/record.js";
import { BatonError } from "../../src/record/error.js";
import { systemFiles, type WriterFiles } from "../../src/segment/files.js";
import { readFolder, recordsOf, type ScannedSegment } from "../../src/segment/folder.js";
import { type Ack, openWriter, type Writer, type WriterInit } from "../../src/segment/writer.js";

/** The instant of the headers: milliseconds since 1970. */
export const start = 1_700_000_000_000;

/** Makes a folder for each test of the file that calls it, and gives where it is, what is written into it and read. */
export function segmentsFolder() {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "baton-writer-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const scanned = (): ScannedSegment[] => readFolder(dir).segments.map((segment) => segment.scanned);
  return {
    dir: () => dir,
    writerOf: (init: Partial<WriterInit> = {}): Writer =>
      openWriter({ dir, durability: "written", writerName: "test", writerVersion: "0", now: () => start, ...init }),
    /** The segments as a scan finds them. */
    segments: scanned,
    /** The records that a reader counts: their numbers, and the last letters of their texts. */
    loaded: (): string[] =>
      [...recordsOf(readFolder(dir))].map(({ seq, payload }) => `${seq} ${Buffer.from(payload.subarray(-1))}`),
  };
}

/** A note that the guard has let pass. */
export function note(text: string, stamp = 0n): GuardedRecord {
  return guardRecord({ stamp, handoffNote: { id: "n-0123456789abcdef", text } });
}

/** Puts a note for each text and commits. */
export function write(writer: Writer, ...texts: string[]): Ack[] {
  const acks = texts.map((text) => writer.put(note(text)));
  writer.commit();
  return acks;
}

/** Code of the error that is thrown. */
export function errorOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof BatonError ? error.code : String(error);
  }
  return undefined;
}

/** A clock that stands still until it is moved, by both hands or by one. */
export function stoppedClock() {
  const clock = { wall: start, monotonic: 0 };
  return {
    clock: () => ({ ...clock }),
    move: (wall: number, monotonic = wall) =>
      Object.assign(clock, { wall: clock.wall + wall, monotonic: clock.monotonic + monotonic }),
  };
}

/** Makes calls of a function fail: those whose number, from 1, is listed. */
export function failing(name: keyof WriterFiles, code: string, calls: readonly number[]): WriterFiles {
  let count = 0;
  const original = systemFiles[name] as (...args: unknown[]) => unknown;
  const fault = (...args: unknown[]) => {
    count++;
    if (!calls.includes(count)) return original(...args);
    throw Object.assign(new Error("injected"), { code });
  };
  return { ...systemFiles, [name]: name === "sync" ? async (...args: unknown[]) => fault(...args) : fault };
}

/** Writes of which those with a listed number take `bytes` bytes only, and the next one fails, as a full disk does. */
export function tearing(code: string, calls: readonly number[], bytes: number): WriterFiles {
  const files = failing(
    "write",
    code,
    calls.map((call) => call + 1),
  );
  let count = 0;
  return {
    ...files,
    write: (fd, data, from, to) => {
      count++;
      return files.write(fd, data, from, calls.includes(count) ? Math.min(to - 1, from + bytes) : to);
    },
  };
}
