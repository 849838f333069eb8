/** Usage events and model healths as they lie in records. Pure. */
import { kinds, recordTable } from "../gen/tables.js";
import { BatonError } from "../record/error.js";
import type { KindTable } from "../record/schema.js";
import { type Decoded, decodeMessage, type Value } from "../record/wire.js";
import type { PlacedRecord } from "../segment/scanned.js";
import type { UsageEvent } from "./clean.js";

/** What usage needs of a record that counts. */
export type StoredRecord = Pick<PlacedRecord, "writer" | "seq" | "kind" | "payload">;

/** A usage event with its place in the order of recording. */
export interface StoredUsage {
  readonly stamp: bigint;
  readonly writer: string;
  readonly seq: number;
  /** Number among events of equal identity, from 0. */
  readonly ordinal: number;
  readonly event: UsageEvent;
}

/** A baton.state.v1.ModelHealth by its JSON names. */
export interface ModelHealth {
  provider: string;
  model: string;
  state: number;
  /** Milliseconds since 1970. */
  limitResetsAt?: number | undefined;
  remaining?: number | undefined;
  limit?: number | undefined;
  lastStatus: number;
}

/** A model health with what orders it. */
export interface StoredHealth {
  readonly stamp: bigint;
  readonly observedAt: number;
  readonly health: ModelHealth;
}

/** The kind of usage events. */
export const usageKind = kindNamed("usageEvent");

/** The kind of model healths. */
export const healthKind = kindNamed("modelHealth");

/** The usage event of a record; undefined for every other kind and for a payload that is no record. */
export function usageOf(record: StoredRecord): StoredUsage | undefined {
  const decoded = decode(record, usageKind);
  const fields = decoded?.usageEvent as Decoded | undefined;
  if (decoded === undefined || fields === undefined) return undefined;
  return {
    stamp: stampOf(decoded),
    writer: record.writer,
    seq: record.seq,
    ordinal: number(fields.ordinal) ?? 0,
    event: {
      v: number(fields.v) ?? 1,
      ts: number(fields.ts) ?? number(decoded.observedAt) ?? 0,
      day: text(fields.day),
      model: text(fields.model),
      returnedModel: text(fields.returnedModel),
      status: number(fields.status) ?? 0,
      ok: fields.ok === true,
      latencyMs: number(fields.latencyMs) ?? 0,
      totalTokens: number(fields.totalTokens) ?? 0,
      promptTokens: number(fields.promptTokens) ?? 0,
      completionTokens: number(fields.completionTokens) ?? 0,
      usageReported: fields.usageReported === true,
      usageEstimated: fields.usageEstimated === true,
      usageSource: text(fields.usageSource),
      cost: number(fields.cost),
      rateLimited: fields.rateLimited === true,
      retryAfterSeconds: number(fields.retryAfterSeconds),
      limitResetAt: text(fields.limitResetAt),
      limitResetAtTs: number(fields.limitResetAtTs),
      limitSource: text(fields.limitSource),
      rateLimitRemaining: number(fields.rateLimitRemaining),
      rateLimitLimit: number(fields.rateLimitLimit),
      errorClass: text(fields.errorClass),
    },
  };
}

/** The model health of a record; undefined like `usageOf`. */
export function healthOf(record: StoredRecord): StoredHealth | undefined {
  const decoded = decode(record, healthKind);
  const fields = decoded?.modelHealth as Decoded | undefined;
  if (decoded === undefined || fields === undefined) return undefined;
  return {
    stamp: stampOf(decoded),
    observedAt: number(decoded.observedAt) ?? 0,
    health: {
      provider: text(fields.provider) ?? "",
      model: text(fields.model) ?? "",
      state: number(fields.state) ?? 0,
      limitResetsAt: number(fields.limitResetsAt),
      remaining: number(fields.remaining),
      limit: number(fields.limit),
      lastStatus: number(fields.lastStatus) ?? 0,
    },
  };
}

function kindNamed(jsonName: string): KindTable {
  const kind = kinds.find((kind) => kind.jsonName === jsonName);
  if (kind === undefined) throw new TypeError(`the schema has no kind ${jsonName}`);
  return kind;
}

function decode(record: StoredRecord, kind: KindTable): Decoded | undefined {
  if (record.kind !== kind.number) return undefined;
  try {
    return decodeMessage(recordTable, record.payload);
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

function stampOf(record: Decoded): bigint {
  return typeof record.stamp === "bigint" ? record.stamp : 0n;
}

function number(value: Value | undefined): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
