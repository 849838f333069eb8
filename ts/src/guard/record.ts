/**
 * The one choke point: a record reaches its bytes only through here. The walk over the generated tables refuses what
 * the schema does not have, hands every text to the guard, and encodes, in one pass (docs/privacy.md).
 */
import { errors, kinds, recordTable } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import type { FieldTable, KindTable, MessageTable } from "../record/schema.js";
import { type Stamp, splitStamp } from "../record/stamp.js";
import { wireTypeOf, wireTypes, writeVarint } from "../record/wire.js";
import type { GuardedRecord } from "./guarded.js";
import { guardBytes, guardText } from "./text.js";

export type { GuardedRecord } from "./guarded.js";

/** Most bytes of an encoded record (RECORD_SIZE). */
export const maxRecordBytes = 4096;

/** The fields of a record that every kind shares; absent is absent. */
export interface Envelope {
  readonly stamp?: Stamp | bigint | undefined;
  /** Milliseconds since 1970. */
  readonly observedAt?: number | bigint | undefined;
  readonly workspace?: string | undefined;
  /** Number or short name of baton.state.v1.Client. */
  readonly client?: number | string | undefined;
  readonly session?: string | undefined;
}

/**
 * Judges and encodes a record: an object with the JSON names of baton.state.v1.Record, exactly one of them a kind.
 * Enums are numbers or short names ("open"), 64-bit integers numbers or bigints; undefined is absent.
 * Throws RECORD_SHAPE with the field on a kind, field or value that the schema does not have, GUARD_REFUSED with field
 * and rule on a text, RECORD_SIZE above 4096 bytes.
 */
export function guardRecord(record: object): GuardedRecord {
  const envelope: Record<string, unknown> = {};
  let kind: KindTable | undefined;
  let init: unknown;
  for (const [name, value] of Object.entries(record)) {
    const named = kindNamed(name);
    if (value === undefined) continue;
    if (!named) envelope[name] = value;
    else if (kind) throw misfit("kind");
    else {
      kind = named;
      init = value;
    }
  }
  if (!kind) throw misfit("kind");
  return guardKind(kind, init as object, envelope);
}

/** As `guardRecord`, for one kind with what belongs to it and what it shares with the others. */
export function guardKind(kind: KindTable, init: object, envelope: Envelope): GuardedRecord {
  if (free + scratchBytes > arena.length) {
    arena = new Uint8Array(arenaBytes);
    view = new DataView(arena.buffer);
    free = 0;
  }
  const start = free;
  limit = start + maxRecordBytes;
  let at = encodeFields(envelopeTable, envelope, start, "");
  at = encodeNested(kind.number, kind.message, init, at, kind.name);
  if (at > limit) throw batonError(errors.RECORD_SIZE);
  free = at;
  const { stamp = noStamp } = envelope;
  const guarded = {
    kind: kind.number,
    payload: arena.subarray(start, at),
    stamp: typeof stamp === "bigint" ? splitStamp(stamp) : stamp,
  };
  return guarded as unknown as GuardedRecord;
}

/** The kind of a JSON name; undefined where the schema has none. */
export function kindNamed(jsonName: string): KindTable | undefined {
  return kindsByName.get(jsonName);
}

const kindsByName = new Map(kinds.map((kind) => [kind.jsonName, kind]));
const noStamp: Stamp = { low: 0, high: 0 };
const envelopeTable: MessageTable = {
  name: recordTable.name,
  fields: recordTable.fields.filter(({ jsonName }) => !kindsByName.has(jsonName)),
};

/** A field may pass the limit by this much before its end is compared with it. */
const scratchBytes = 2 * maxRecordBytes;
const arenaBytes = 128 * 1024;

/** Payloads lie here one behind the other, so that a record costs no buffer of its own; a full one is left behind. */
let arena = new Uint8Array(arenaBytes);
let view = new DataView(arena.buffer);
let free = 0;
/** Where the record that is being encoded must end. */
let limit = 0;

function encodeFields(table: MessageTable, value: object, start: number, path: string): number {
  const source = value as Readonly<Record<string, unknown>>;
  const { fields } = table;
  let at = start;
  let used = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as FieldTable;
    const present = source[field.jsonName];
    if (present === undefined) continue;
    used++;
    at = field.repeated ? encodeList(field, present, at, path) : encodeField(field, present, at, path);
    if (at > limit) throw batonError(errors.RECORD_SIZE);
  }
  if (used !== countPresent(source)) throw misfit(path === "" ? "record" : path);
  return at;
}

function countPresent(source: Readonly<Record<string, unknown>>): number {
  let count = 0;
  for (const name in source) if (source[name] !== undefined) count++;
  return count;
}

function encodeField(field: FieldTable, value: unknown, at: number, path: string): number {
  switch (field.type) {
    case "string":
    case "bytes":
      return encodeText(field, value, at, path);
    case "message":
      return encodeNested(field.number, field.message, value, at, placeOf(field, path));
    default:
      return encodeScalar(field, value, encodeTag(field.number, wireTypeOf(field.type), at), path);
  }
}

/** A list: numbers packed, everything else one by one, as protobuf writes it. */
function encodeList(field: FieldTable, values: unknown, start: number, path: string): number {
  if (!Array.isArray(values)) throw misfit(placeOf(field, path));
  if (values.length === 0) return start;
  let at = start;
  if (wireTypeOf(field.type) === wireTypes.LEN) {
    for (const value of values) {
      at = encodeField(field, value, at, path);
      if (at > limit) throw batonError(errors.RECORD_SIZE);
    }
    return at;
  }
  at = encodeTag(field.number, wireTypes.LEN, at);
  const content = at + 2;
  let end = content;
  for (const value of values) {
    end = encodeScalar(field, value, end, path);
    if (end > limit) throw batonError(errors.RECORD_SIZE);
  }
  return closeLength(at, content, end);
}

function encodeNested(
  number: number,
  table: MessageTable | undefined,
  value: unknown,
  start: number,
  path: string,
): number {
  if (typeof value !== "object" || value === null || !table) throw misfit(path);
  const at = encodeTag(number, wireTypes.LEN, start);
  return closeLength(at, at + 2, encodeFields(table, value, at + 2, path));
}

/** Writes the length of `content..end` at `at`, where two bytes were left for it, and gives the end. */
function closeLength(at: number, content: number, end: number): number {
  const length = end - content;
  if (length >= 0x80) {
    arena[at] = (length & 0x7f) | 0x80;
    arena[at + 1] = length >> 7;
    return end;
  }
  arena[at] = length;
  arena.copyWithin(at + 1, content, end);
  return end - 1;
}

function encodeText(field: FieldTable, value: unknown, start: number, path: string): number {
  const policy = field.text;
  if (!policy) throw misfit(placeOf(field, path));
  let guarded: Uint8Array;
  if (field.type === "bytes") {
    if (!(value instanceof Uint8Array)) throw misfit(placeOf(field, path));
    guarded = guardBytes(policy, value, placeOf(field, path));
  } else {
    if (typeof value !== "string") throw misfit(placeOf(field, path));
    const at = encodeTag(field.number, wireTypes.LEN, start) + 1;
    const end = encodeAscii(value, at);
    if (end >= 0) {
      const text = arena.subarray(at, end);
      guarded = guardBytes(policy, text, placeOf(field, path));
      if (guarded === text) {
        arena[at - 1] = end - at;
        return end;
      }
    } else guarded = guardText(policy, value, placeOf(field, path));
  }
  if (guarded.length > maxRecordBytes) throw batonError(errors.RECORD_SIZE);
  let at = encodeTag(field.number, wireTypes.LEN, start);
  at = writeVarint(arena, at, guarded.length);
  arena.set(guarded, at);
  return at + guarded.length;
}

/** Writes a text that is ASCII and short, as nearly all are; -1 where it is not. */
function encodeAscii(text: string, start: number): number {
  const { length } = text;
  if (length > 127) return -1;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return -1;
    arena[start + i] = unit;
  }
  return start + length;
}

function encodeScalar(field: FieldTable, value: unknown, at: number, path: string): number {
  switch (field.type) {
    case "bool":
      if (typeof value !== "boolean") throw misfit(placeOf(field, path));
      arena[at] = value ? 1 : 0;
      return at + 1;
    case "enum":
      return writeVarint(arena, at, enumNumber(field, value, path));
    case "double":
      if (typeof value !== "number" || !Number.isFinite(value)) throw misfit(placeOf(field, path));
      view.setFloat64(at, value, true);
      return at + 8;
    case "uint32":
      return writeVarint(arena, at, integer(field, value, 0, 0xffff_ffff, path));
    case "int32":
      return encodeSigned(integer(field, value, -0x8000_0000, 0x7fff_ffff, path), at);
    case "uint64":
      return writeVarint(arena, at, integer(field, value, 0, maxUint64, path));
    case "int64":
      return encodeSigned(integer(field, value, minInt64, maxInt64, path), at);
    case "fixed32":
      view.setUint32(at, Number(integer(field, value, 0, 0xffff_ffff, path)), true);
      return at + 4;
    case "fixed64":
      return encodeFixed64(field, value, at, path);
    default:
      throw misfit(placeOf(field, path));
  }
}

const maxUint64 = 2n ** 64n - 1n;
const minInt64 = -(2n ** 63n);
const maxInt64 = 2n ** 63n - 1n;

function integer(
  field: FieldTable,
  value: unknown,
  least: number | bigint,
  most: number | bigint,
  path: string,
): number | bigint {
  const isInteger = typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "bigint";
  if (!isInteger || (value as number | bigint) < least || (value as number | bigint) > most) {
    throw misfit(placeOf(field, path));
  }
  return value as number | bigint;
}

function enumNumber(field: FieldTable, value: unknown, path: string): number {
  const { values } = field;
  if (values && typeof value === "string" && Object.hasOwn(values, value)) return values[value] as number;
  const isKnown = value === 0 || (values && Object.values(values).includes(value as number));
  if (!isKnown) throw misfit(placeOf(field, path));
  return value as number;
}

function encodeSigned(value: number | bigint, at: number): number {
  return writeVarint(arena, at, value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
}

function encodeFixed64(field: FieldTable, value: unknown, at: number, path: string): number {
  if (isStamp(value)) {
    view.setUint32(at, value.low, true);
    view.setUint32(at + 4, value.high, true);
  } else view.setBigUint64(at, BigInt(integer(field, value, 0, maxUint64, path)), true);
  return at + 8;
}

function isStamp(value: unknown): value is Stamp {
  return typeof value === "object" && value !== null && "low" in value && "high" in value;
}

function encodeTag(number: number, wireType: number, at: number): number {
  return writeVarint(arena, at, number * 8 + wireType);
}

function placeOf(field: FieldTable, path: string): string {
  return path === "" ? field.name : `${path}.${field.name}`;
}

function misfit(field: string): BatonError {
  return batonError(errors.RECORD_SHAPE, { field, place: field });
}
