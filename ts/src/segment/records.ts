/** The records of a folder that count, each once (SEG-032, SEG-033). */
import { compareBytes, compareText } from "../record/order.js";
import type { Standing } from "./judge.js";
import { type PlacedRecord, recordsOfSegment, type ScannedSegment, type WriterSpan } from "./scanned.js";

/** A scanned file and whether it counts. */
export interface StandingSegment {
  readonly scanned: ScannedSegment;
  readonly standing: Standing;
}

/** The records that count, in the byte order of the segment ids, then of the offsets. */
export function* recordsOf(folder: { readonly segments: readonly StandingSegment[] }): Generator<PlacedRecord> {
  const counting = folder.segments.filter(holdsRecordsThatCount);
  counting.sort((a, b) => compareText(a.scanned.segment ?? "", b.scanned.segment ?? ""));
  const contested = contestedWriters(counting.map(({ scanned }) => scanned.spans));
  const seen = new Map<string, PlacedRecord[]>();
  for (const { scanned, standing } of counting) {
    for (const record of recordsOfSegment(scanned, standing.replacedBytes)) {
      if (contested.has(record.writer) && isSeen(seen, record)) continue;
      yield record;
    }
  }
}

/** Whether any record of it counts, so that its bytes have to be looked at. */
function holdsRecordsThatCount({ scanned, standing }: StandingSegment): boolean {
  if (standing.name === "REPLACED") return standing.replacedBytes < scanned.cursor.offset;
  return standing.name === "COUNTS";
}

/** Writers of whom two segments, or one twice, may hold the same record: all others need no comparison. */
export function contestedWriters(segments: Iterable<readonly WriterSpan[]>): Set<string> {
  const contested = new Set<string>();
  const byWriter = new Map<string, WriterSpan[]>();
  for (const spans of segments) {
    for (const span of spans) {
      const others = byWriter.get(span.writer) ?? [];
      if (!span.isRising || others.some((other) => span.first <= other.last && other.first <= span.last))
        contested.add(span.writer);
      others.push(span);
      byWriter.set(span.writer, others);
    }
  }
  return contested;
}

function isSeen(seen: Map<string, PlacedRecord[]>, record: PlacedRecord): boolean {
  const identity = `${record.writer}:${record.seq}`;
  const others = seen.get(identity);
  if (!others) {
    seen.set(identity, [record]);
    return false;
  }
  if (others.some((other) => other.kind === record.kind && compareBytes(other.payload, record.payload) === 0))
    return true;
  others.push(record);
  return false;
}
