/** Records for the tests of fold and brief. */
import { createFold, type Fold, foldRecord } from "../../src/fold/fold.js";
import { type RetentionOverride, type State, stateOf } from "../../src/fold/state.js";
import { kinds, recordTable } from "../../src/gen/tables.js";
import { encodeMessage } from "../../src/record/wire.js";
import type { PlacedRecord } from "../../src/segment/scanned.js";

/** 2026-11-23T17:13:20Z. */
export const now = 1_795_454_000_000;
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const workspace = "github.com/acme/proxy";

/** Fields of a record by JSON names; stamp, observedAt and workspace have defaults. */
export type Init = { readonly [jsonName: string]: unknown };

let seq = 0;

/** A record as a folder would give it. `observedAt` defaults to now, the stamp to it. */
export function recordOf(init: Init, identity: { writer?: string; seq?: number } = {}): PlacedRecord {
  const observedAt = Number(init.observedAt ?? now);
  const value = { observedAt, stamp: BigInt(Math.max(0, observedAt)) << 16n, workspace, ...init };
  const kind = kinds.find((candidate) => candidate.jsonName in init)?.number ?? 0;
  seq++;
  return placed(kind, encodeMessage(recordTable, value), { seq, ...identity });
}

/** A payload with a place and an identity. */
export function placed(
  kind: number,
  payload: Uint8Array,
  identity: { writer?: string; seq?: number } = {},
): PlacedRecord {
  const { writer = "00".repeat(16), seq = 1 } = identity;
  return { segment: "11".repeat(16), offset: 100, length: payload.length + 20, writer, seq, kind, payload };
}

/** The fold of records at an instant. */
export function foldOf(records: readonly PlacedRecord[], options: { now?: number; workspace?: string } = {}): Fold {
  const fold = createFold({ now, ...options });
  for (const record of records) foldRecord(fold, record);
  return fold;
}

/** The state of records at an instant. */
export function stateAt(
  records: readonly PlacedRecord[],
  options: { now?: number; retention?: readonly RetentionOverride[] } = {},
): State {
  return stateOf(foldOf(records, options), options);
}
