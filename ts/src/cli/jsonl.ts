/** Records as lines of JSON: baton.segment.v1.ExportLine. */
import { create, fromBinary, fromJsonString, isMessage, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { type ExportLine, ExportLineSchema } from "../gen/baton/segment/v1/export_pb.js";
import { RecordSchema } from "../gen/baton/state/v1/record_pb.js";
import { errors, kinds, recordTable } from "../gen/tables.js";
import { type GuardedRecord, guardRecord } from "../guard/record.js";
import { BatonError, batonError } from "../record/error.js";
import { decodeMessage } from "../record/wire.js";
import type { PlacedRecord } from "../segment/folder.js";
import type { FrameOrigin } from "../segment/frame.js";
import { fromHex } from "../segment/hex.js";
import { canonical } from "./json.js";

/** Records once each (SEG-033), in the order of origin writer and sequence number; ties by payload. */
export function inExportOrder(records: Iterable<PlacedRecord>): PlacedRecord[] {
  const sorted = [...records].sort(
    (a, b) => compare(a.writer, b.writer) || a.seq - b.seq || a.kind - b.kind || Buffer.compare(a.payload, b.payload),
  );
  return sorted.filter((record, i) => {
    const before = sorted[i - 1];
    return (
      before === undefined ||
      before.seq !== record.seq ||
      before.writer !== record.writer ||
      before.kind !== record.kind ||
      Buffer.compare(before.payload, record.payload) !== 0
    );
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line, without its newline. What this program's schema does not know is added as raw bytes. */
export function exportLine(placed: PlacedRecord): string {
  const kind = kinds.find((candidate) => candidate.number === placed.kind);
  const record = fromBinary(RecordSchema, placed.payload);
  const line = create(ExportLineSchema, {
    segment: placed.segment,
    writer: placed.writer,
    seq: BigInt(placed.seq),
    stamp: record.stamp ?? 0n,
    kind: kind?.name ?? String(placed.kind),
    record,
    ...(kind === undefined || isNewer(record) ? { raw: placed.payload } : {}),
  });
  return canonical(toJson(ExportLineSchema, line));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What became of the lines of an import. */
export interface LinesReport {
  readonly lines: number;
  readonly added: number;
  /** Records that were there already, by origin, sequence number and payload. */
  readonly known: number;
  readonly refused: readonly { readonly line: number; readonly code: string; readonly reason: string }[];
}

/**
 * Takes over lines that `exportLine` printed: each record is decoded, guarded like any other and written with its
 * origin, so that however often it is taken over it counts once. Unknown fields are refused.
 */
export function importLines(
  text: Uint8Array,
  known: Iterable<PlacedRecord>,
  put: (record: GuardedRecord, origin: FrameOrigin) => void,
): LinesReport {
  const there = new Set<string>();
  for (const placed of known) there.add(identityOf(placed.writer, placed.seq, placed.payload));
  const refused: { line: number; code: string; reason: string }[] = [];
  let lines = 0;
  let added = 0;
  for (const [index, line] of linesOf(text).entries()) {
    if (line.length === 0) continue;
    lines++;
    try {
      const { writer, seq, record } = parseLine(line);
      const identity = identityOf(writer, seq, record.payload);
      if (there.has(identity)) continue;
      there.add(identity);
      put(record, { writer: fromHex(writer), seq });
      added++;
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      refused.push({ line: index + 1, code: error.code, reason: error.field ?? error.place ?? error.message });
    }
  }
  return { lines, added, known: lines - added - refused.length, refused };
}

function linesOf(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  for (let end = text.indexOf(0x0a); end >= 0; end = text.indexOf(0x0a, from)) {
    lines.push(text.subarray(from, end));
    from = end + 1;
  }
  return [...lines, text.subarray(from)];
}

function parseLine(bytes: Uint8Array): { writer: string; seq: number; record: GuardedRecord } {
  let line: ExportLine;
  try {
    line = fromJsonString(ExportLineSchema, utf8.decode(bytes));
  } catch {
    throw batonError(errors.IMPORT_LINE, { place: "not a line of an export" });
  }
  const { writer = "", seq = 0n, record, raw } = line;
  if (raw !== undefined) throw batonError(errors.IMPORT_LINE, { place: "newer than this program" });
  if (!/^[0-9a-f]{32}$/.test(writer) || seq < 1n || seq > BigInt(Number.MAX_SAFE_INTEGER) || record === undefined)
    throw batonError(errors.IMPORT_LINE, { place: "no writer, sequence number or record" });
  return { writer, seq: Number(seq), record: guardRecord(decodeMessage(recordTable, toBinary(RecordSchema, record))) };
}

function identityOf(writer: string, seq: number, payload: Uint8Array): string {
  return `${writer} ${seq} ${Buffer.from(payload).toString("base64")}`;
}

/** Whether a message holds a field that this program's schema does not know, at any depth. */
function isNewer(message: Message): boolean {
  if ((message.$unknown?.length ?? 0) > 0) return true;
  return Object.values(message).some((value: unknown) => {
    const inner = isOneof(value) ? value.value : value;
    return isMessage(inner) && isNewer(inner);
  });
}

function isOneof(value: unknown): value is { case: string; value: unknown } {
  return typeof value === "object" && value !== null && "case" in value && "value" in value;
}
