/**
 * The fold: of all records of one identity key the highest is the state (docs/fold-and-brief.md, FLD-…). It knows
 * kinds from the generated tables alone. The winners do not depend on the order in which records are folded.
 */
import { kinds } from "../gen/tables.js";
import { BatonError } from "../record/error.js";
import { compareBytes } from "../record/order.js";
import type { KindTable } from "../record/schema.js";
import { dayMs } from "../record/stamp.js";
import type { PlacedRecord } from "../segment/scanned.js";
import type { ByteString } from "./key.js";
import { type Envelope, keyOf, type Rank, readEnvelope, readRank } from "./view.js";

/** The highest record of an identity key. */
export interface Winner extends Rank {
  readonly kind: KindTable;
  readonly key: ByteString;
  /** Its workspace; undefined for machine kinds. */
  readonly workspace: string | undefined;
  readonly stamp: bigint;
  /** Milliseconds since 1970; a bigint where a number would not be exact. */
  readonly observedAt: number | bigint;
  readonly record: PlacedRecord;
}

/** What was left out, and why. */
export interface FoldCounts {
  /** Records of a kind that this program does not know. */
  newerThanMe: number;
  /** Records from more than a day ahead (FLD-003). */
  fromFuture: number;
  /** Records whose payload is no well-formed record of their kind (FLD-002). */
  malformed: number;
}

/** A fold in progress. Make one with `createFold`, feed it with `foldRecord`. */
export interface Fold {
  /** The instant: milliseconds since 1970. */
  readonly now: number;
  /** Where set, records of other workspaces are passed over. */
  readonly workspace: string | undefined;
  /** Whether winners are copies of the records that were folded, so that the bytes of their segments can be let go of. */
  readonly copies: boolean;
  readonly winners: Map<ByteString, Winner>;
  readonly counts: FoldCounts;
  /** Latest stamp or observed_at seen, in milliseconds since 1970: what `holdsAt` asks. */
  latest: number;
}

/**
 * An empty fold at an instant, in milliseconds since 1970; of one workspace and the machine where one is named, and of copies
 * where that is asked for.
 */
export function createFold(options: {
  readonly now: number;
  readonly workspace?: string;
  readonly copies?: boolean;
}): Fold {
  const counts = { newerThanMe: 0, fromFuture: 0, malformed: 0 };
  const { now, workspace, copies = false } = options;
  return { now, workspace, copies, winners: new Map(), counts, latest: 0 };
}

/**
 * Folds one record. A cache is read back the same way: it keeps the winners as records, and folding them again gives
 * the winners again. Never throws on what a payload holds: it counts it (FLD-001 … FLD-004).
 */
export function foldRecord(fold: Fold, record: PlacedRecord): void {
  const kind = kindNumbered(record.kind);
  if (!kind) {
    fold.counts.newerThanMe++;
    return;
  }
  try {
    foldKnown(fold, kind, record);
  } catch (error) {
    if (!(error instanceof BatonError)) throw error;
    fold.counts.malformed++;
  }
}

/** The winners in byte order of their keys. */
export function winnersOf(fold: Fold): Winner[] {
  return [...fold.winners.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Whether a cache built from this fold answers for `now` (FLD-030): it left out nothing as from the future, and holds
 * nothing that is from the future at `now`. Else readers scan.
 */
export function holdsAt(cache: { readonly fromFuture: number; readonly latest: number }, now: number): boolean {
  return cache.fromFuture === 0 && cache.latest <= now + dayMs;
}

/** Whether `a` beats `b`, both of one identity key (FLD-020). Of records that are equal in everything neither does. */
function beats(a: Winner, b: Winner): boolean {
  if (a.terminal !== b.terminal) return a.terminal;
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.kind.order === "OBSERVED_AT" && a.observedAt !== b.observedAt) return a.observedAt > b.observedAt;
  if (a.stamp !== b.stamp) return a.stamp > b.stamp;
  if (a.record.writer !== b.record.writer) return a.record.writer > b.record.writer;
  if (a.record.seq !== b.record.seq) return a.record.seq > b.record.seq;
  return compareBytes(a.record.payload, b.record.payload) > 0;
}

/** The kind of a number; undefined for one that this program does not know. */
export function kindNumbered(number: number): KindTable | undefined {
  return kindsByNumber.get(number);
}

const kindsByNumber: ReadonlyMap<number, KindTable> = new Map(kinds.map((kind) => [kind.number, kind]));
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function foldKnown(fold: Fold, kind: KindTable, record: PlacedRecord): void {
  const { payload } = record;
  const envelope = readEnvelope(kind, payload);
  const time = timeOf(envelope);
  if (time > fold.latest) fold.latest = time;
  if (time > fold.now + dayMs) {
    fold.counts.fromFuture++;
    return;
  }
  if (kind.fold === "LOG") return;
  const workspace = kind.scope === "WORKSPACE" ? textOf(payload, envelope) : undefined;
  if (workspace !== undefined && fold.workspace !== undefined && workspace !== fold.workspace) return;
  const rank = readRank(kind, payload, envelope);
  const { stamp, observedAt } = envelope;
  const key = keyOf(kind, payload, envelope);
  const candidate: Winner = { kind, key, workspace, stamp, observedAt, record, ...rank };
  const present = fold.winners.get(key);
  if (present && !beats(candidate, present)) return;
  const own = (): PlacedRecord => ({ ...record, payload: new Uint8Array(payload) });
  fold.winners.set(key, fold.copies ? { ...candidate, record: own() } : candidate);
}

/** The later of stamp and observed_at, in milliseconds since 1970: what says whether a record is from the future (FLD-003). */
export function timeOf(envelope: Envelope): number {
  return Math.max(Number(envelope.stamp >> 16n), Number(envelope.observedAt));
}

function textOf(payload: Uint8Array, envelope: Envelope): string | undefined {
  return envelope.workspace && utf8.decode(payload.subarray(envelope.workspace.start, envelope.workspace.end));
}
