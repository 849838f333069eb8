/** Records as lines of JSON: baton.segment.v1.ExportLine. */
import { create, fromBinary, fromJsonString, toBinary, toJson } from "@bufbuild/protobuf";
import { type ExportLine, ExportLineSchema } from "../gen/baton/segment/v1/export_pb.js";
import { type Record, RecordSchema } from "../gen/baton/state/v1/record_pb.js";
import { errors, kinds, recordTable } from "../gen/tables.js";
import type { Known } from "../guard/known.js";
import { type GuardedRecord, guardRecord } from "../guard/record.js";
import { BatonError, batonError } from "../record/error.js";
import { compareBytes, compareText } from "../record/order.js";
import type { MessageTable } from "../record/schema.js";
import { checkMessage, decodeMessage, fieldOf, fieldsOf } from "../record/wire.js";
import type { PlacedRecord } from "../segment/folder.js";
import type { FrameOrigin } from "../segment/frame.js";
import { fromHex } from "../segment/hex.js";
import { canonical } from "./json.js";

/** Records in the order of origin writer and sequence number; ties by kind and payload. */
export function inExportOrder(records: Iterable<PlacedRecord>): PlacedRecord[] {
  return [...records].sort(
    (a, b) => compareText(a.writer, b.writer) || a.seq - b.seq || a.kind - b.kind || compareBytes(a.payload, b.payload),
  );
}

/**
 * One line, without its newline. What this program's schema does not have is added as raw bytes (SEG-008); a payload
 * that is no record at all stands there as raw bytes alone. `rust/state/src/segment/export.rs` prints the same bytes.
 */
export function exportLine(placed: PlacedRecord): string {
  const { segment, writer, payload } = placed;
  const kind = kinds.find(({ number }) => number === placed.kind);
  const record = decoded(payload);
  const isRawNeeded = kind === undefined || record === undefined || hasNewer(recordTable, payload);
  const line = create(ExportLineSchema, {
    segment,
    writer,
    seq: BigInt(placed.seq),
    kind: kind?.name ?? String(placed.kind),
    ...(record ? { stamp: record.stamp ?? 0n, record } : {}),
    ...(isRawNeeded ? { raw: payload } : {}),
  });
  return canonical(toJson(ExportLineSchema, line));
}

/** The record that a payload holds, whatever its kind; undefined where the payload is not well-formed. */
function decoded(payload: Uint8Array): Record | undefined {
  try {
    checkMessage(recordTable, payload);
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
  return fromBinary(RecordSchema, payload);
}

/** Whether the well-formed message in `start..end` holds a field that the schema does not have, at any depth. */
function hasNewer(table: MessageTable, bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (const field of fieldsOf(bytes, start, end)) {
    const known = fieldOf(table, field.number);
    if (!known || (known.message && hasNewer(known.message, bytes, field.start, field.end))) return true;
  }
  return false;
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
 * origin, so that however often it is taken over it counts once; `own` is what this process knows of itself. Unknown fields
 * are refused.
 */
export function importLines(
  text: Uint8Array,
  known: Iterable<PlacedRecord>,
  put: (record: GuardedRecord, origin: FrameOrigin) => void,
  own?: Known,
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
      const { writer, seq, record } = parseLine(line, own);
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

function parseLine(bytes: Uint8Array, own: Known | undefined): { writer: string; seq: number; record: GuardedRecord } {
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
  const decoded = decodeMessage(recordTable, toBinary(RecordSchema, record));
  return { writer, seq: Number(seq), record: guardRecord(decoded, own) };
}

function identityOf(writer: string, seq: number, payload: Uint8Array): string {
  return `${writer} ${seq} ${Buffer.from(payload).toString("base64")}`;
}
