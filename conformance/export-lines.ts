/** Lines of `export --jsonl` as docs/doctor.md tells them, made without the product's own code. */
import { fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import canonicalize from "canonicalize";
import { RecordSchema } from "../ts/src/gen/baton/state/v1/record_pb.js";
import type { Crafted, CraftedRecord } from "./craft.js";

/** A record, the segment that holds it, and its sequence number there. */
export interface ExportedRecord {
  readonly crafted: Crafted;
  readonly seq: number;
  readonly record: CraftedRecord;
  /** Whether the payload is no record at all. */
  readonly isMalformed?: boolean;
}

/** The line of a record, without its newline. */
export function exportLineOf({ crafted, seq, record: { kind, payload, origin }, isMalformed }: ExportedRecord): string {
  const known = RecordSchema.fields.find(({ number, oneof }) => oneof !== undefined && number === kind);
  const place = {
    segment: hex(crafted.segment),
    writer: hex(origin?.writer ?? crafted.writer),
    seq: String(origin?.seq ?? seq),
    kind: known?.name ?? String(kind),
  };
  const raw = Buffer.from(payload).toString("base64");
  if (isMalformed) return canonicalize({ ...place, raw }) ?? "";
  const record = fromBinary(RecordSchema, payload, { readUnknownFields: false });
  const isNewer = known === undefined || toBinary(RecordSchema, record).length < payload.length;
  const read = { stamp: String(record.stamp ?? 0n), record: toJson(RecordSchema, record) };
  return canonicalize({ ...place, ...read, ...(isNewer ? { raw } : {}) }) ?? "";
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString("hex");
}
