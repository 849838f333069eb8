/** Records as frames of another segment: payloads byte for byte, each with its origin (SEG-014, SEG-015). */
import { compareText } from "../record/order.js";
import { type FrameOrigin, frameTypes, maxFrameOverhead, writeFrame } from "../segment/frame.js";
import { fromHex } from "../segment/hex.js";
import { type PlacedRecord, recordsOfSegment, type ScannedSegment } from "../segment/scanned.js";

/** Whether a record goes into the new segment. */
export type IsKept = (record: PlacedRecord) => boolean;

/** Frames one behind the other, and how many they are. */
export interface CopiedFrames {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/**
 * Every record of the segments that is kept, in the order of writers and their numbers, as frames of the segment whose id
 * gave `base`. Their numbers start with 1. What stands there twice is copied twice.
 */
export function copyRecords(
  segments: readonly ScannedSegment[],
  base: number,
  isKept: IsKept = () => true,
): CopiedFrames {
  const records = segments.flatMap((scanned) => [...recordsOfSegment(scanned, 0)].filter(isKept));
  records.sort((a, b) => compareText(a.writer, b.writer) || a.seq - b.seq);
  const room = records.reduce((sum, { payload }) => sum + payload.length + maxFrameOverhead, 0);
  const out = new Uint8Array(room);
  let end = 0;
  let seq = 0;
  let origin: FrameOrigin & { readonly of: string } = { of: "", writer: new Uint8Array(16), seq: 0 };
  for (const record of records) {
    seq++;
    origin = originOf(record, origin);
    end = writeFrame(out, end, base, frameTypes.RECORD, record.kind, seq, record.payload, origin);
  }
  return { bytes: out.subarray(0, end), count: seq };
}

/** The origin of a record; the bytes of the writer are taken from the record before where it is the same. */
function originOf({ writer, seq }: PlacedRecord, before: FrameOrigin & { readonly of: string }) {
  return { of: writer, writer: before.of === writer ? before.writer : fromHex(writer), seq };
}
