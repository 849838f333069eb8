/** Writes one merged segment, and deletes what it replaces: in an order in which nothing is lost, wherever it stops. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fromHex, toHex } from "../segment/hex.js";
import type { Instant } from "../segment/instant.js";
import { countWritten, createSegment, type OpenSegment, sealFrame, writeWhole } from "../segment/open-segment.js";
import { ignoreFailure } from "../segment/system.js";
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
 * Writes the segment of a group, synced and sealed: when it returns true, the group can be deleted. Gives false where the
 * lease was lost; throws what the file system throws. Then what it was to replace stays, and the file is removed as far as
 * that is possible. But once it is sealed, whoever has the lease by now may have deleted what it replaces: then it stays too.
 */
export function writeGroup(group: Group, writer: GroupWriter): boolean {
  const { dir, files, writerName, writerVersion, now, holds } = writer;
  const keyId = group.keyId === "" ? {} : { keyId: fromHex(group.keyId) };
  const id = toHex(randomBytes(16));
  const { replaces } = group;
  const createdAt: Instant = { wall: now, monotonic: 0 };
  const header = { writer: id, firstSeq: 1, createdAt: now, writerName, writerVersion, replaces, ...keyId };
  const segment = createSegment(files, dir, createdAt, header);
  segment.maxStamp = group.maxStamp;
  let isSealed = false;
  let isSafe = false;
  try {
    fill(segment, group, writer);
    if (!holds()) return false;
    isSealed = true;
    seal(segment, writer);
    // A lease that was lost before the seal may have cost the file its name: it looked like one that was left behind.
    isSafe = holds();
    return isSafe;
  } finally {
    ignoreFailure(() => files.close(segment.fd));
    if (!isSafe && (!isSealed || holds())) ignoreFailure(() => files.remove(join(dir, `${segment.id}.seg`)));
  }
}

function fill(segment: OpenSegment, group: Group, { files, isKept }: GroupWriter): void {
  const scans = group.segments.map(({ scanned }) => scanned);
  const { bytes, count } = copyRecords(scans, segment.base, isKept);
  writeWhole(files, segment.fd, bytes);
  countWritten(segment, bytes, bytes.length, count);
  files.syncNow(segment.fd);
}

function seal(segment: OpenSegment, { dir, files }: GroupWriter): void {
  writeWhole(files, segment.fd, sealFrame(segment));
  files.syncNow(segment.fd);
  files.syncFolder(dir);
}
