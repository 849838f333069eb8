/**
 * What becomes of the records of a group: pure (SEG-071). Nothing goes before its kind's days are over: reports tell of what was
 * superseded, too.
 */
import { createFold, foldRecord, kindNumbered, timeOf } from "../fold/fold.js";
import type { ByteString } from "../fold/key.js";
import { isShown, isWithin, type RetentionOverride } from "../fold/state.js";
import { keyOf, readEnvelope, readRank } from "../fold/view.js";
import { BatonError } from "../record/error.js";
import { compareBytes } from "../record/order.js";
import type { KindTable } from "../record/schema.js";
import { dayMs } from "../record/stamp.js";
import type { PlacedRecord } from "../segment/scanned.js";

/** Why a record is left out, or that it is not. */
export type Fate = "kept" | "twice" | "superseded" | "expired";

/** What decides it besides the records. */
export interface FateRules {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly retention?: readonly RetentionOverride[] | undefined;
  /** Whether no record of a key can lie outside of the group. */
  readonly isAlone: (key: ByteString) => boolean;
}

/** What a compaction has to know of a record that it may leave out. */
export interface ReadRecord {
  readonly kind: KindTable;
  readonly observedAt: number | bigint;
  /** Whether it is from more than a day ahead (FLD-003): it may win once its time comes. */
  readonly isFuture: boolean;
  /** Its identity key; undefined in a log, whose records nothing supersedes. */
  readonly key: ByteString | undefined;
}

/** The fate of each record, in their order. */
export function fatesOf(records: readonly PlacedRecord[], { now, retention, isAlone }: FateRules): Fate[] {
  const fold = createFold({ now });
  for (const record of records) foldRecord(fold, record);
  const firsts = new Map<string, PlacedRecord>();
  const reads = records.map((record) => (isTwin(record, firsts) ? "twice" : readRecord(record, now)));
  // The usage of the last day is counted whatever the days (FLD-060).
  const isYoung = ({ kind, observedAt, isFuture }: ReadRecord): boolean =>
    isFuture ||
    isWithin(kind, observedAt, now, retention) ||
    (kind.fold === "LOG" && BigInt(now) <= BigInt(observedAt) + BigInt(dayMs));
  const youngKeys = new Set(reads.map((read) => (read && read !== "twice" && isYoung(read) ? read.key : undefined)));
  return records.map((record, i) => {
    const read = reads[i];
    if (read === "twice") return "twice";
    if (!read || isYoung(read)) return "kept";
    if (read.key === undefined) return "expired";
    const winner = fold.winners.get(read.key);
    if (winner?.record !== record) return "superseded";
    const isNeeded = isShown(winner, now, retention) || youngKeys.has(read.key) || !isAlone(read.key);
    return isNeeded ? "kept" : "expired";
  });
}

/** Reads a record; undefined for what always stays: of a newer kind, or not well-formed. */
export function readRecord({ kind: number, payload }: PlacedRecord, now: number): ReadRecord | undefined {
  const kind = kindNumbered(number);
  if (!kind) return undefined;
  try {
    const envelope = readEnvelope(kind, payload);
    const { observedAt } = envelope;
    const isFuture = timeOf(envelope) > now + dayMs;
    if (kind.fold === "LOG") return { kind, observedAt, isFuture, key: undefined };
    readRank(kind, payload, envelope);
    return { kind, observedAt, isFuture, key: keyOf(kind, payload, envelope) };
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

/** Whether a record of one identity, kind and payload came before (SEG-033). */
function isTwin(record: PlacedRecord, firsts: Map<string, PlacedRecord>): boolean {
  const identity = `${record.writer} ${record.seq}`;
  const first = firsts.get(identity);
  if (!first) firsts.set(identity, record);
  return first !== undefined && first.kind === record.kind && compareBytes(first.payload, record.payload) === 0;
}
