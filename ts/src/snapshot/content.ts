/**
 * What `latest.json` holds: the winners of the fold and how far every segment was read. A cache that anybody may delete
 * (docs/design.md). The first line tells length and checksum of the rest, because the library that writes the file does
 * not notice a short write on a full disk.
 */
import type { FoldCounts } from "../fold/fold.js";
import { schemaFingerprint } from "../gen/tables.js";
import { crc32 } from "../segment/crc32.js";
import type { SeenSegment } from "../segment/folder.js";
import type { PlacedRecord } from "../segment/scanned.js";

/** Version of this file; another one is void. */
const version = 2;

/** A snapshot of a fold. */
export interface Snapshot {
  /** Latest stamp or observed_at that was folded: milliseconds since 1970. */
  readonly latest: number;
  readonly counts: FoldCounts;
  readonly seen: readonly SeenSegment[];
  /** The winners, as the records that they are. */
  readonly winners: readonly PlacedRecord[];
}

/** The bytes of the file. */
export function printSnapshot(snapshot: Snapshot): Buffer {
  const { latest, counts, seen, winners } = snapshot;
  const body = Buffer.from(
    JSON.stringify({
      schema: schemaFingerprint,
      latest,
      counts,
      seen,
      winners: winners.map(({ payload, ...place }) => ({ ...place, payload: Buffer.from(payload).toString("base64") })),
    }),
  );
  return Buffer.concat([Buffer.from(`${headOf(body)}\n`), body]);
}

/** Reads the bytes of the file; undefined where they are not whole, or not of this version and schema. */
export function parseSnapshot(bytes: Buffer): Snapshot | undefined {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return undefined;
  const body = bytes.subarray(end + 1);
  if (bytes.subarray(0, end).toString("latin1") !== headOf(body)) return undefined;
  const { schema, winners, ...rest } = JSON.parse(body.toString("utf8"));
  if (schema !== schemaFingerprint) return undefined;
  return {
    ...rest,
    winners: winners.map((winner: { payload: string }) => ({
      ...winner,
      payload: Buffer.from(winner.payload, "base64"),
    })),
  };
}

function headOf(body: Buffer): string {
  return JSON.stringify({ baton: version, bytes: body.length, crc: crc32(body).toString(16).padStart(8, "0") });
}
