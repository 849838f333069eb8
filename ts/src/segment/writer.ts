/**
 * Writing of segments: one recorder, one file at a time, no locks (docs/segment-format.md, section 6).
 * Frames are encoded straight into one buffer; `put` fills it, `commit` hands it to the kernel.
 */
import { randomBytes } from "node:crypto";
import { errors } from "../gen/tables.js";
import type { GuardedRecord } from "../guard/guarded.js";
import { batonError } from "../record/error.js";
import { dayMs, isAbove, noStamp, type Stamp } from "../record/stamp.js";
import { copyBatch, firstSeqOf, wholeFrames } from "./batch.js";
import {
  closingBehindSyncs,
  isNoSpace,
  openingError,
  systemFiles,
  WriteFailure,
  type WriterFiles,
  writingError,
} from "./files.js";
import { type FrameOrigin, frameTypes, maxFrameOverhead, writeFrame } from "./frame.js";
import { type Dropped, sealBytes } from "./header.js";
import { toHex } from "./hex.js";
import { hasPassed, type Instant, instant } from "./instant.js";
import { countWritten, createSegment, type OpenSegment, sealSegment, writeWhole } from "./open-segment.js";
import { ignoreFailure } from "./system.js";

/** Where a record went: the place that its acknowledgement names. */
export interface Ack {
  /** Id of the segment, 32 hexadecimal digits. */
  readonly segment: string;
  /** Sequence number in it. */
  readonly seq: number;
}

/** `written`: in the kernel, survives the process. `durable`: `flush` syncs, survives a power cut. */
export type Durability = "written" | "durable";

/** What a writer needs. */
export interface WriterInit {
  /** The folder of segments; it must be there. */
  readonly dir: string;
  readonly durability: Durability;
  /** Name and version of the program, for the header. */
  readonly writerName: string;
  readonly writerVersion: string;
  readonly keyId?: Uint8Array;
  /** Milliseconds since 1970 for the header. */
  readonly now: () => number;
  /** Counts that the next header has to tell; it takes those away that it told. */
  readonly dropped?: Map<number, number>;
  /** The clocks that decide when to roll; BATON_NOW does not touch them. */
  readonly clock?: () => Instant;
  readonly files?: WriterFiles;
}

/** A writer of segments. Opening one does no I/O. */
export interface Writer {
  /** Id of the recorder, 32 hexadecimal digits. */
  readonly id: string;
  /**
   * Encodes a record. What it gives becomes its acknowledgement when `commit` returns, which also names the segment.
   * Throws SEGMENT_NO_SPACE, SEGMENT_IO or HOME_UNUSABLE when a segment has to be opened, or records that were put
   * before written, and that fails. `origin` says who first wrote a record that is taken over from elsewhere (SEG-015).
   */
  put(record: GuardedRecord, origin?: FrameOrigin): Ack;
  /** Writes what was put: when it returns, all of it is in the kernel; when it throws, none of it is acknowledged. */
  commit(): void;
  /** Durable: syncs all that was committed, off the main thread. Throws like `put`. */
  flush(): Promise<void>;
  /** Durable: whether so much is committed and not synced that a `commit` soon syncs by itself, which blocks. */
  isBehind(): boolean;
  /** Commits, seals and closes. Nothing can be put after it. Never throws. */
  close(): void;
}

/** A segment never grows past this (SEG-044). */
export const maxSegmentBytes = 8 * 1024 * 1024;

const idleHour = 3_600_000;
/** After a pause of more than this many milliseconds a writer looks whether its file still has a name. */
const longPause = 1000;

/** What is put is committed when this is full, so that a batch of any size takes bounded memory. */
const bufferBytes = 128 * 1024;

/** Most bytes of durable records that wait for a sync; above it the writer syncs by itself. */
const maxUnsyncedBytes = 1024 * 1024;

/** Opens a writer with a random id. */
export function openWriter(init: WriterInit): Writer {
  const { dir, dropped, clock = instant } = init;
  const files = closingBehindSyncs(init.files ?? systemFiles);
  const id = toHex(randomBytes(16));
  const isDurable = init.durability === "durable";
  let current: OpenSegment | undefined;
  let lastWrite: Instant = { wall: 0, monotonic: 0 };
  let nextSeq = 1;
  /** Frames that are put and not committed: bytes, and their acknowledgements. */
  const buffer = new Uint8Array(bufferBytes);
  let length = 0;
  let promised: { segment: string; readonly seq: number }[] = [];
  /** Batches that are committed and not synced, in order; only for `durable`. */
  let unsynced: Uint8Array[] = [];
  let unsyncedBytes = 0;
  /** The flush that was asked for last, and whether it has not begun: whoever asks until then shares it. */
  let flushing: Promise<void> = Promise.resolve();
  let isFlushAhead = false;
  /** The segment that is being synced off the main thread. */
  let syncing: OpenSegment | undefined;
  /** Highest stamp of all records. */
  let highest: Stamp = noStamp;

  function open(firstSeq: number): OpenSegment {
    const told = [...(dropped ?? [])].map(([reason, count]): Dropped => ({ reason, count }));
    const { writerName, writerVersion, keyId } = init;
    const header = { writer: id, firstSeq, createdAt: init.now(), writerName, writerVersion, dropped: told };
    try {
      current = createSegment(files, dir, clock(), keyId ? { ...header, keyId } : header);
    } catch (error) {
      throw openingError(error);
    }
    for (const { reason, count } of told) {
      const left = (dropped?.get(reason) ?? 0) - count;
      if (left > 0) dropped?.set(reason, left);
      else dropped?.delete(reason);
    }
    lastWrite = current.createdAt;
    return current;
  }

  /** Leaves the segment for good, unsealed: it is never tried again (SEG-043). */
  function abandon(): void {
    const left = current;
    current = undefined;
    if (left) ignoreFailure(() => files.close(left.fd));
  }

  /** Seals the segment and leaves it. */
  function leave(): void {
    if (unsynced.length > 0) syncNow();
    if (current) sealSegment(files, current);
    current = undefined;
  }

  /** The segment that takes a frame of up to `most` bytes next. */
  function ready(most: number): OpenSegment {
    if (length + most > buffer.length) commit();
    if (length === 0) {
      if (!current && unsynced.length > 0) move();
      if (current && (current.lastSeq + 1 !== nextSeq || isDue(current))) leave();
    }
    if (current && current.bytes + length + most + sealBytes > maxSegmentBytes) {
      commit();
      leave();
    }
    return current ?? open(nextSeq);
  }

  /** Whether the segment is too old, or has been idle for too long, by any clock (SEG-044). */
  function isDue(segment: OpenSegment): boolean {
    const now = clock();
    return hasPassed(segment.createdAt, now, dayMs) || hasPassed(lastWrite, now, idleHour);
  }

  function put(record: GuardedRecord, origin?: FrameOrigin): Ack {
    const segment = ready(record.payload.length + maxFrameOverhead);
    const ack = { segment: segment.id, seq: nextSeq };
    length = writeFrame(buffer, length, segment.base, frameTypes.RECORD, record.kind, nextSeq, record.payload, origin);
    nextSeq++;
    promised.push(ack);
    if (isAbove(record.stamp, segment.maxStamp)) segment.maxStamp = record.stamp;
    if (isAbove(record.stamp, highest)) highest = record.stamp;
    return ack;
  }

  function commit(): void {
    const segment = current;
    if (length === 0 || !segment) return;
    const batch = buffer.subarray(0, length);
    const acks = promised;
    length = 0;
    promised = [];
    try {
      writeWhole(files, segment.fd, batch);
      const now = clock();
      // Whoever compacts may have copied and deleted the segment of a writer that slept, up to this moment (SEG-045).
      if (hasPassed(lastWrite, now, longPause) && files.links(segment.fd) === 0) throw new Error("file without a name");
      lastWrite = now;
      countWritten(segment, buffer, batch.length, acks.length);
      awaitSync(batch);
    } catch (error) {
      if (error instanceof WriteFailure && isNoSpace(error)) {
        keepWholeFrames(segment, batch.subarray(0, error.written));
        throw batonError(errors.SEGMENT_NO_SPACE);
      }
      abandon();
      move(segment, batch);
      for (const ack of acks) ack.segment = current?.id ?? "";
    }
    if (unsyncedBytes > maxUnsyncedBytes) syncNow();
  }

  function awaitSync(batch: Uint8Array): void {
    if (!isDurable || batch.length === 0) return;
    unsynced.push(batch.slice());
    unsyncedBytes += batch.length;
  }

  /** Cuts the file behind its last whole frame (SEG-042); `written` is what of the batch is out. */
  function keepWholeFrames(segment: OpenSegment, written: Uint8Array): void {
    const { count, end } = wholeFrames(written);
    try {
      files.truncate(segment.fd, segment.bytes + end);
    } catch {
      abandon();
      return;
    }
    countWritten(segment, written, end, count);
    // Nobody was promised these, but their numbers are taken: another segment would have a gap without them.
    awaitSync(written.subarray(0, end));
    nextSeq = segment.lastSeq + 1;
  }

  /** Writes what waits for a sync, and a batch, again in a new segment with the same numbers (SEG-043). */
  function move(from?: OpenSegment, batch?: Uint8Array): void {
    const batches = batch ? [...unsynced, batch] : unsynced;
    const firstSeq = batches[0] && firstSeqOf(batches[0]);
    if (firstSeq === undefined) return;
    const segment = open(firstSeq);
    segment.maxStamp = from?.maxStamp ?? highest;
    const moved = batches.map((waiting) => copyBatch(waiting, segment.base));
    try {
      for (const copy of moved) {
        writeWhole(files, segment.fd, copy);
        countWritten(segment, copy, copy.length, wholeFrames(copy).count);
      }
    } catch (error) {
      abandon();
      throw writingError(error);
    }
    setUnsynced(isDurable ? moved : []);
  }

  /** Syncs at once; after a failed sync in a new segment, since nobody knows what the old one holds. */
  function syncNow(): void {
    try {
      // The system tells of a failure once: where a sync is under way, that one may have it, and this one seem to succeed.
      if (!current || current === syncing) throw new Error("no segment to rely on");
      files.syncNow(current.fd);
      syncName(current);
      setUnsynced([]);
    } catch {
      moveAndSync();
    }
  }

  function moveAndSync(): void {
    const from = current;
    abandon();
    move(from);
    if (!current) return;
    try {
      files.syncNow(current.fd);
      syncName(current);
    } catch (error) {
      abandon();
      throw writingError(error);
    }
    setUnsynced([]);
  }

  function syncName(segment: OpenSegment): void {
    if (!segment.isFolderSynced) files.syncFolder(dir);
    segment.isFolderSynced = true;
  }

  function setUnsynced(batches: Uint8Array[]): void {
    unsynced = batches;
    unsyncedBytes = batches.reduce((sum, batch) => sum + batch.length, 0);
  }

  async function flushAll(): Promise<void> {
    commit();
    while (unsynced.length > 0) {
      if (!current) move();
      const segment = current;
      const waiting = unsynced;
      const count = waiting.length;
      if (!segment) return;
      syncing = segment;
      try {
        await files.sync(segment.fd);
        syncName(segment);
      } catch {
        // Unless the writer has gone on to another segment meanwhile, with all of this synced.
        if (unsynced === waiting) moveAndSync();
        continue;
      } finally {
        syncing = undefined;
      }
      // A segment that was left meanwhile may have lost its name.
      if (current !== segment) continue;
      if (unsynced === waiting) setUnsynced(waiting.slice(count));
      return;
    }
  }

  return {
    id,
    put,
    commit,
    flush() {
      if (isFlushAhead) return flushing;
      isFlushAhead = true;
      flushing = flushing
        .catch(() => {})
        .then(() => {
          isFlushAhead = false;
          return flushAll();
        });
      return flushing;
    },
    isBehind: () => unsyncedBytes > maxUnsyncedBytes / 2,
    close() {
      ignoreFailure(commit);
      ignoreFailure(leave);
      // Counts that no header has told yet get a segment of their own.
      if (dropped && dropped.size > 0) ignoreFailure(() => sealSegment(files, open(nextSeq)));
      current = undefined;
    },
  };
}
