/** One segment that is being written: its file, and what its seal will say. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { noStamp, type Stamp } from "../record/stamp.js";
import { crcStart, finishCrc, updateCrc } from "./crc32.js";
import { WriteFailure, type WriterFiles } from "./files.js";
import { crcOfSegmentId } from "./frame.js";
import { type HeaderInit, sealBytes, writeOpening, writeSeal } from "./header.js";
import { toHex } from "./hex.js";
import type { Instant } from "./instant.js";
import { ignoreFailure } from "./system.js";

/** A segment of this process. */
export interface OpenSegment {
  /** Its id, 32 hexadecimal digits. */
  readonly id: string;
  readonly fd: number;
  /** State of the checksum behind the id (SEG-010). */
  readonly base: number;
  readonly firstSeq: number;
  /** When it was created, by both clocks, in milliseconds. */
  readonly createdAt: Instant;
  /** Bytes that are written: always the end of a whole frame. */
  bytes: number;
  /** Frames in them. */
  frames: number;
  lastSeq: number;
  /** State of the running checksum. */
  crc: number;
  /** Highest stamp of its records; 0 while it holds none. */
  maxStamp: Stamp;
  isFolderSynced: boolean;
}

/**
 * Creates a segment and writes magic and header (SEG-040). Throws what the file system throws; then no file is left,
 * as far as it lets itself be removed.
 */
export function createSegment(
  files: Pick<WriterFiles, "create" | "write" | "close" | "remove">,
  dir: string,
  createdAt: Instant,
  header: Omit<HeaderInit, "segment">,
): OpenSegment {
  const segmentId = randomBytes(16);
  const id = toHex(segmentId);
  const path = join(dir, `${id}.seg`);
  const opening = writeOpening({ ...header, segment: id });
  const fd = files.create(path);
  try {
    writeWhole(files, fd, opening);
  } catch (error) {
    ignoreFailure(() => files.close(fd));
    ignoreFailure(() => files.remove(path));
    throw error instanceof WriteFailure ? error.reason : error;
  }
  return {
    id,
    fd,
    base: crcOfSegmentId(segmentId),
    firstSeq: header.firstSeq,
    createdAt,
    bytes: opening.length,
    frames: 2,
    lastSeq: header.firstSeq - 1,
    crc: updateCrc(crcStart, opening),
    maxStamp: noStamp,
    isFolderSynced: false,
  };
}

/** Writes all bytes, going on after short counts (SEG-041). Throws WriteFailure. */
export function writeWhole(files: Pick<WriterFiles, "write">, fd: number, bytes: Uint8Array): void {
  const end = bytes.length;
  let written = 0;
  while (written < end) {
    let count = 0;
    try {
      count = files.write(fd, bytes, written, end);
    } catch (error) {
      throw new WriteFailure(written, error);
    }
    if (count <= 0) throw new WriteFailure(written, new Error("nothing was written"));
    written += count;
  }
}

/** Counts `bytes[0..end]`, whole frames of the numbers that follow, as written. */
export function countWritten(segment: OpenSegment, bytes: Uint8Array, end: number, count: number): void {
  segment.frames += count;
  segment.lastSeq += count;
  segment.bytes += end;
  segment.crc = updateCrc(segment.crc, bytes, 0, end);
}

/** The seal of what is written of a segment (SEG-016). */
export function sealFrame(segment: OpenSegment): Uint8Array {
  const { bytes, frames, firstSeq, lastSeq, maxStamp } = segment;
  const seal = new Uint8Array(sealBytes);
  writeSeal(seal, 0, segment.base, { frames, firstSeq, lastSeq, bytes, crc: finishCrc(segment.crc), maxStamp });
  return seal;
}

/** Seals a segment as far as the disk lets it, and closes it: nothing that was acknowledged depends on a seal. */
export function sealSegment(files: WriterFiles, segment: OpenSegment): void {
  const { fd, bytes } = segment;
  try {
    writeWhole(files, fd, sealFrame(segment));
  } catch {
    ignoreFailure(() => files.truncate(fd, bytes));
  }
  ignoreFailure(() => files.close(fd));
}
