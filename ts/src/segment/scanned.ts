/** One file after its scan: what is kept of the findings, without a copy of any record. */
import { kinds } from "../gen/tables.js";
import { frameTypes, magicFrame, parseFrame, unverifiedFrame } from "./frame.js";
import { type Header, readOpening } from "./header.js";
import { toHex } from "./hex.js";
import type { JudgedFile } from "./judge.js";
import { type Cursor, type RangeFinding, scan, startCursor } from "./scan.js";

/** Bytes of a file that are read, from its start on (SEG-038). */
export const maxReadBytes = 64 * 1024 * 1024;

/** Sequence numbers of one writer that a segment holds records of. Survives JSON. */
export interface WriterSpan {
  /** 32 hexadecimal digits. */
  readonly writer: string;
  readonly first: number;
  readonly last: number;
  /** Whether they rise from record to record, so that none can stand twice. */
  readonly isRising: boolean;
}

/** A scanned file. */
export interface ScannedSegment extends JudgedFile {
  /** Undefined where no header proves. */
  readonly header?: Header;
  /** Bytes of the file. */
  readonly size: number;
  /** Where a later scan goes on. */
  readonly cursor: Cursor;
  /** Findings besides the records. */
  readonly findings: readonly RangeFinding[];
  /** Records that prove. */
  readonly records: number;
  /** Those of a kind that this program does not know. */
  readonly newerThanMe: number;
  /** Writers of the records. */
  readonly spans: readonly WriterSpan[];
  /** Bytes of the file from `dataOffset` on. */
  readonly data: Uint8Array;
  readonly dataOffset: number;
  /** Offsets in the file between which frames that prove follow each other: start, end, start, end, … */
  readonly provenRanges: readonly number[];
}

/** One record as it lies in a segment. */
export interface PlacedRecord {
  /** Id of the segment, 32 hexadecimal digits. */
  readonly segment: string;
  /** Offset of its frame in the file. */
  readonly offset: number;
  /** Bytes of its frame. */
  readonly length: number;
  /** Who first wrote it, 32 hexadecimal digits: the origin's writer, else the header's (SEG-015). */
  readonly writer: string;
  /** Its sequence number there. */
  readonly seq: number;
  readonly kind: number;
  /** A view on the bytes of the file. */
  readonly payload: Uint8Array;
}

/**
 * Scans a file. Takes its name, its bytes from the cursor's offset on, the cursor, and, where that is not the start,
 * the header that was read before. `before` is what was found in front of the cursor.
 */
export function scanSegment(
  file: string,
  data: Uint8Array,
  from: Cursor = startCursor,
  before: { readonly header: Header; readonly isWhole: boolean } | undefined = undefined,
): ScannedSegment {
  const opening = before ?? (data.length > magicFrame.length ? readOpening(data) : undefined);
  const header = opening && "header" in opening ? opening.header : undefined;
  const findings: RangeFinding[] = [];
  const provenRanges: number[] = [];
  const spans = new Map<string, WriterSpan>();
  let provenEnd = -1;
  let records = 0;
  let newerThanMe = 0;
  let validBytes = -1;
  let isWhole = before?.isWhole ?? true;

  const scanning = scan(data, from);
  let step = scanning.next();
  for (; !step.done; step = scanning.next()) {
    const finding = step.value;
    const end = finding.offset + finding.length;
    if (isProven(finding.type)) {
      if (finding.offset === provenEnd) provenRanges[provenRanges.length - 1] = end;
      else provenRanges.push(finding.offset, end);
      provenEnd = end;
    } else if (validBytes < 0) validBytes = finding.offset;
    if (finding.type === "RECORD") {
      records++;
      if (!knownKinds.has(finding.kind)) newerThanMe++;
      const { writer, seq } = finding.origin ?? { writer: header?.writer ?? "", seq: finding.seq };
      const span = spans.get(writer) as Writable<WriterSpan> | undefined;
      if (!span) spans.set(writer, { writer, first: seq, last: seq, isRising: true });
      else if (seq > span.last) span.last = seq;
      else {
        span.isRising = false;
        span.first = Math.min(span.first, seq);
      }
    } else {
      findings.push(finding);
      if (finding.type === "CORRUPT_RANGE" || finding.type === "SEAL_MISMATCH")
        isWhole &&= from.isEnded || isEndedBy(findings);
    }
  }
  const cursor = step.value;
  const scanned = {
    file,
    replaces: header?.replaces ?? [],
    isSealed: cursor.isEnded,
    isWhole,
    validBytes: validBytes < 0 ? from.offset + data.length : validBytes,
    size: from.offset + data.length,
    cursor,
    findings,
    records,
    newerThanMe,
    spans: [...spans.values()],
    data,
    dataOffset: from.offset,
    provenRanges,
  };
  return header ? { ...scanned, header, segment: header.segment } : scanned;
}

/** A scanned file whose size is `size`: what lies behind the bytes that are read is found too (SEG-038). */
export function stretched(scanned: ScannedSegment, size: number): ScannedSegment {
  if (size <= maxReadBytes) return scanned;
  const [first] = scanned.findings;
  if (first?.type === "FOREIGN") return { ...scanned, size, findings: [{ ...first, length: size }] };
  const rest = { type: "OVERSIZED", offset: maxReadBytes, length: size - maxReadBytes } as const;
  return { ...scanned, size, findings: [...scanned.findings, rest] };
}

/** The records that prove in a scanned file whose frames end behind `from`, in their order. */
export function* recordsOfSegment(scanned: ScannedSegment, from: number): Generator<PlacedRecord> {
  const { data, dataOffset, provenRanges, header } = scanned;
  if (!header) return;
  const frame = unverifiedFrame();
  for (let i = 0; i < provenRanges.length; i += 2) {
    const end = (provenRanges[i + 1] as number) - dataOffset;
    for (let at = (provenRanges[i] as number) - dataOffset; at < end; at = frame.end) {
      if (!parseFrame(data, at, end, frame)) return;
      if (frame.type !== frameTypes.RECORD || dataOffset + frame.end <= from) continue;
      const { originAt } = frame;
      yield {
        segment: header.segment,
        offset: dataOffset + at,
        length: frame.end - at,
        writer: originAt < 0 ? header.writer : toHex(data, originAt, originAt + 16),
        seq: originAt < 0 ? frame.seq : frame.originSeq,
        kind: frame.kind,
        payload: data.subarray(frame.payloadStart, frame.payloadEnd),
      };
    }
  }
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

const knownKinds = new Set(kinds.map((kind) => kind.number));

function isProven(type: string): boolean {
  return type === "RECORD" || type === "SEAL" || type === "SKIPPED_FRAME" || type === "SEAL_MISMATCH";
}

function isEndedBy(findings: readonly RangeFinding[]): boolean {
  return findings.some((finding) => finding.type === "SEAL");
}
