/** The stamp that a recorder starts from, so that a clock set back freezes nothing (SEG-046). */
import { closeSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { BatonError } from "../record/error.js";
import { dayMs, isAbove, msOf, noStamp, type Stamp } from "../record/stamp.js";
import { nextField, type RawField, wireTypes } from "../record/wire.js";
import { openingOf, sealOf } from "./ends.js";
import { segmentFiles } from "./folder.js";
import { uint32At } from "./frame.js";
import { type Cursor, scan, startCursor } from "./scan.js";
import { maxReadBytes } from "./scanned.js";
import { readRange } from "./system.js";

/** Behind the last this many bytes of an open segment stands its last record, unless they are damaged. */
const tailBytes = 64 * 1024;

/**
 * The highest stamp in a folder of segments, those left out that are over a day ahead of `nowMs`; 0 where there is
 * none. Reads the seals of sealed segments and the tails of open ones. A file that cannot be read is left out.
 */
export function highestStamp(dir: string, nowMs: number): Stamp {
  let highest: Stamp = noStamp;
  for (const file of segmentFiles(dir)) {
    try {
      const fd = openSync(join(dir, file), "r");
      try {
        const size = fstatSync(fd).size;
        const stamp = highestOfSealed(fd, size, file, nowMs + dayMs) ?? highestOfFile(fd, size, nowMs + dayMs);
        if (stamp && isAbove(stamp, highest)) highest = stamp;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (error instanceof BatonError) throw error;
    }
  }
  return highest;
}

/** That of a sealed segment whose file is named by its id, as nearly all are: its header need not be read. */
function highestOfSealed(fd: number, size: number, file: string, latestMs: number): Stamp | undefined {
  const id = /^([0-9a-f]{32})\.seg$/.exec(file)?.[1];
  const stamp = id === undefined ? undefined : sealOf(fd, size, id)?.maxStamp;
  return stamp && msOf(stamp) <= latestMs ? stamp : undefined;
}

function highestOfFile(fd: number, size: number, latestMs: number): Stamp | undefined {
  const opening = openingOf(fd, size);
  if (opening.found === "HEADER") {
    const sealed = sealOf(fd, size, opening.header.segment)?.maxStamp;
    if (sealed && msOf(sealed) <= latestMs) return sealed;
    const start = Math.max(opening.end, size - tailBytes);
    const { segment, writer, firstSeq } = opening.header;
    const from: Cursor = { ...startCursor, offset: start, segment, writer, firstSeq, isClean: false };
    const found = sealed ? undefined : highestOfScan(readRange(fd, start, size), from, latestMs);
    if (found) return found;
  }
  return highestOfScan(readRange(fd, 0, Math.min(size, maxReadBytes)), startCursor, latestMs);
}

function highestOfScan(bytes: Uint8Array, from: Cursor, latestMs: number): Stamp | undefined {
  let highest: Stamp | undefined;
  for (const finding of scan(bytes, from)) {
    const stamp = finding.type === "RECORD" ? stampOf(finding.payload) : undefined;
    if (stamp && msOf(stamp) <= latestMs && (!highest || isAbove(stamp, highest))) highest = stamp;
  }
  return highest;
}

/** The stamp of an encoded record: its field 1. */
export function stampOf(payload: Uint8Array): Stamp | undefined {
  const field: RawField = { number: 0, wireType: 0, start: 0, end: 0 };
  try {
    while (nextField(payload, payload.length, field)) {
      if (field.number === 1 && field.wireType === wireTypes.I64)
        return { low: uint32At(payload, field.start), high: uint32At(payload, field.start + 4) };
    }
  } catch (error) {
    if (!(error instanceof BatonError)) throw error;
  }
  return undefined;
}
