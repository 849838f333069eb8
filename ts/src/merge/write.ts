/** Writes one merged segment, and deletes what it replaces: in an order in which nothing is lost, wherever it stops. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fromHex, toHex } from "../segment/hex.js";
import type { Instant } from "../segment/instant.js";
import {
  countWritten,
  createSegment,
  ignoreFailure,
  type OpenSegment,
  sealFrame,
  writeWhole,
} from "../segment/open-segment.js";
import type { Group } from "./choice.js";
import { copyRecords, type IsKept } from "./copy.js";
import type { MergeFiles } from "./files.js";

/** What a merge writes with. */
export interface GroupWriter {
  /** Folder of the segments. */
  readonly dir: string;
  readonly files: MergeFiles;
  /** Name and version of the program, and milliseconds since 1970, for the header. */
  readonly writerName: string;
  readonly writerVersion: string;
  readonly now: number;
  /** Whether the lease is still held. */
  readonly holds: () => boolean;
  /** Whether a record is copied; all are unless given. */
  readonly isKept?: IsKept;
}

/**
 * Writes the segment of a group, synced and sealed: when it returns true, the group can be deleted. Gives false, and
 * leaves nothing behind, where the lease was lost. Throws what the file system throws; then the file is removed as far as
 * that is possible, and what it was to replace stays.
 */
export function writeGroup(group: Group, writer: GroupWriter): boolean {
  const { dir, files, writerName, writerVersion, now } = writer;
  const keyId = group.keyId === "" ? {} : { keyId: fromHex(group.keyId) };
  const id = toHex(randomBytes(16));
  const { replaces } = group;
  const createdAt: Instant = { wall: now, monotonic: 0 };
  const header = { writer: id, firstSeq: 1, createdAt: now, writerName, writerVersion, replaces, ...keyId };
  const segment = createSegment(files, dir, createdAt, header);
  segment.maxStamp = group.maxStamp;
  let isSafe = false;
  try {
    isSafe = fill(segment, group, writer);
  } finally {
    ignoreFailure(() => files.close(segment.fd));
    if (!isSafe) ignoreFailure(() => files.remove(join(dir, `${segment.id}.seg`)));
  }
  return isSafe;
}

function fill(segment: OpenSegment, group: Group, { dir, files, holds, isKept }: GroupWriter): boolean {
  const scans = group.segments.map(({ scanned }) => scanned);
  const { bytes, count } = copyRecords(scans, segment.base, isKept);
  writeWhole(files, segment.fd, bytes);
  countWritten(segment, bytes, bytes.length, count);
  files.syncNow(segment.fd);
  if (!holds()) return false;
  writeWhole(files, segment.fd, sealFrame(segment));
  files.syncNow(segment.fd);
  files.syncFolder(dir);
  return true;
}
