/** Usage of the last 24 hours by model, counted from the log of usage events (FLD-060 … FLD-063). */
import { kinds, usageEventTable } from "../gen/tables.js";
import { BatonError } from "../record/error.js";
import { compareText } from "../record/order.js";
import type { FieldTable } from "../record/schema.js";
import { dayMs } from "../record/stamp.js";
import { checkField, decodeMessage, fieldOf, nextField, type RawField, wireTypes } from "../record/wire.js";
import type { PlacedRecord } from "../segment/scanned.js";
import { absentPart, type ByteString, doublePart, emptyText, keyPart, wordOf } from "./key.js";
import { readEnvelope } from "./view.js";

/** Usage of one model (baton.state.v1.ModelUsage). */
export interface ModelUsage {
  readonly model: string;
  readonly requests: number;
  readonly failures: number;
  readonly rateLimited: number;
  readonly reportedTokens: bigint;
  readonly estimatedTokens: bigint;
}

/** A count in progress. Make one with `createUsageWindow`, feed it with `countUsage`. */
export interface UsageWindow {
  /** The instant that the window ends at: milliseconds since 1970. */
  readonly now: number;
  readonly seen: Set<ByteString>;
  readonly models: Map<string, ModelUsage>;
}

/** An empty count of the 24 hours before an instant, in milliseconds since 1970. */
export function createUsageWindow(now: number): UsageWindow {
  return { now, seen: new Set(), models: new Map() };
}

/** Counts a record if it is a usage event of the window that was not counted before; never throws on its payload. */
export function countUsage(window: UsageWindow, record: PlacedRecord): void {
  if (!kind || record.kind !== kind.number) return;
  try {
    const { message, observedAt } = readEnvelope(kind, record.payload);
    countEvent(window, record.payload.subarray(message.start, message.end), Number(observedAt));
  } catch (error) {
    if (!(error instanceof BatonError)) throw error;
  }
}

/** The sums, in byte order of the models. */
export function usageOf(window: UsageWindow): ModelUsage[] {
  return [...window.models.values()].sort((a, b) => compareText(a.model, b.model));
}

const kind = kinds.find((candidate) => candidate.message === usageEventTable);
const tsField = usageEventTable.fields.find((field) => field.name === "ts");
/** Upstream's prune writes these two anew. */
const volatile: readonly string[] = ["day", "error_class"];
const mostTokens = 2n ** 64n - 1n;
const zeroDouble = doublePart(0);
const minusZero = doublePart(-0);

function countEvent(window: UsageWindow, bytes: Uint8Array, observedAt: number): void {
  // Nearly all events are outside of the window, so their time is looked for before anything is checked.
  const ts = timeOf(bytes) ?? observedAt;
  if (!(ts >= window.now - dayMs && ts <= window.now + 60_000)) return;
  const fields = new Map<FieldTable, RawField>();
  const field: RawField = { number: 0, wireType: 0, start: 0, end: 0 };
  while (nextField(bytes, bytes.length, field)) {
    const known = fieldOf(usageEventTable, field.number);
    if (!known) continue;
    checkField(known, bytes, field);
    fields.set(known, { ...field });
  }
  const identity = identityOf(bytes, fields);
  if (window.seen.has(identity)) return;
  window.seen.add(identity);
  add(window, bytes);
}

function timeOf(bytes: Uint8Array): number | undefined {
  let ts: number | undefined;
  const field: RawField = { number: 0, wireType: 0, start: 0, end: 0 };
  while (nextField(bytes, bytes.length, field))
    if (field.number === tsField?.number && field.wireType === wireTypes.I64)
      ts = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(field.start, true);
  return ts;
}

function identityOf(bytes: Uint8Array, fields: ReadonlyMap<FieldTable, RawField>): ByteString {
  let identity = "";
  for (const known of usageEventTable.fields) {
    if (volatile.includes(known.name)) continue;
    const part = keyPart(known.type, bytes, fields.get(known));
    identity += part === absentPart ? defaultPart(known) : part === minusZero ? zeroDouble : part;
  }
  return identity;
}

/** What an absent field counts as: only a double may be null. */
function defaultPart(known: FieldTable): ByteString {
  if (known.type === "double") return absentPart;
  if (known.type === "string") return emptyText;
  return wordOf(known.name === "v" ? 1 : 0);
}

function add(window: UsageWindow, bytes: Uint8Array): void {
  const event = decodeMessage(usageEventTable, bytes);
  const model = typeof event.model === "string" && event.model !== "" ? event.model : "unknown";
  const sum = window.models.get(model);
  const tokens = BigInt((event.totalTokens as number | bigint | undefined) ?? 0);
  const reported = event.usageReported === true;
  window.models.set(model, {
    model,
    requests: (sum?.requests ?? 0) + 1,
    failures: (sum?.failures ?? 0) + (event.ok === true ? 0 : 1),
    rateLimited: (sum?.rateLimited ?? 0) + (event.rateLimited === true ? 1 : 0),
    reportedTokens: capped((sum?.reportedTokens ?? 0n) + (reported ? tokens : 0n)),
    estimatedTokens: capped((sum?.estimatedTokens ?? 0n) + (!reported && event.usageEstimated === true ? tokens : 0n)),
  });
}

function capped(tokens: bigint): bigint {
  return tokens > mostTokens ? mostTokens : tokens;
}
