/**
 * The one choke point: a record reaches its bytes only through here. The walk over the generated tables refuses what
 * the schema does not have, hands every text to the guard, and encodes, in one pass (docs/privacy.md).
 */
import { errors, kinds, recordTable } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import type { KindTable, TextPolicy } from "../record/schema.js";
import { noStamp, type Stamp, splitStamp } from "../record/stamp.js";
import { wireTypeOf, wireTypes, writeVarint } from "../record/wire.js";
import type { GuardedRecord } from "./guarded.js";
import type { Known } from "./known.js";
import { addNeighbour, dropNeighbours, isSplitSecret, neighbourCount } from "./neighbours.js";
import { type FieldPlan, type FieldPlans, planOf, planOfField } from "./plan.js";
import { guardBytes, guardText, refusal } from "./text.js";

export type { GuardedRecord } from "./guarded.js";

/** Most bytes of an encoded record (RECORD_SIZE). */
const maxRecordBytes = 4096;

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
 * and rule on a text, or with the kind and the rule `split` where texts make a secret together, RECORD_SIZE above 4096
 * bytes. `known` is what only this process knows.
 */
export function guardRecord(record: object, known?: Known): GuardedRecord {
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
  return guardKind(kind, init as object, envelope, known);
}

/** As `guardRecord`, for one kind with what belongs to it and what it shares with the others. */
export function guardKind(kind: KindTable, init: object, envelope: Envelope, known?: Known): GuardedRecord {
  knownNow = known;
  dropNeighbours(0);
  if (free + scratchBytes > arena.length) {
    arena = new Uint8Array(arenaBytes);
    view = new DataView(arena.buffer);
    free = 0;
  }
  const start = free;
  limit = start + maxRecordBytes;
  let at = encodeFields(envelopePlan ?? planOfEnvelope(), envelope, start, "record");
  at = encodeNested(kindPlans.get(kind.number) ?? planOfKind(kind.number), init, at);
  if (at > limit) throw batonError(errors.RECORD_SIZE);
  if (isSplitSecret(known)) throw refusal({ action: "reject", findings: [{ rule: "split" }] }, kind.name);
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

/** Plans are made when the first record needs them: a host that only imports the library does not wait for them. */
let envelopePlan: FieldPlans | undefined;
const kindPlans = new Map<number, FieldPlan>();

function planOfEnvelope(): FieldPlans {
  const fields = recordTable.fields.filter(({ jsonName }) => !kindsByName.has(jsonName));
  envelopePlan = planOf({ name: recordTable.name, fields }, "");
  return envelopePlan;
}

function planOfKind(number: number): FieldPlan | undefined {
  const field = recordTable.fields.find((candidate) => candidate.number === number);
  const plan = field && planOfField(field, "");
  if (plan) kindPlans.set(number, plan);
  return plan;
}

/** A field may pass the limit by this much before its end is compared with it. */
const scratchBytes = 2 * maxRecordBytes;
const arenaBytes = 128 * 1024;

/** Payloads lie here one behind the other, so that a record costs no buffer of its own; a full one is left behind. */
let arena = new Uint8Array(arenaBytes);
let view = new DataView(arena.buffer);
let free = 0;
/** Where the record that is being encoded must end. */
let limit = 0;
/** What only this process knows, while a record is being encoded. */
let knownNow: Known | undefined;

function encodeFields(fields: FieldPlans, value: object, start: number, place: string): number {
  const source = value as Readonly<Record<string, unknown>>;
  const neighbours = neighbourCount();
  const at = encodeInOrder(fields, source, start, place);
  if (at >= 0) return at;
  dropNeighbours(neighbours);
  return encodeByNumber(fields, source, start);
}

/** One pass over the keys, as long as they come in the order of the field numbers; -1 where they do not. */
function encodeInOrder(
  fields: FieldPlans,
  source: Readonly<Record<string, unknown>>,
  start: number,
  place: string,
): number {
  let at = start;
  let last = 0;
  let isInOrder = true;
  let position = 0;
  const { lastOrder } = fields;
  for (const name in source) {
    const value = source[name];
    if (value === undefined) continue;
    let field = lastOrder[position];
    if (field?.jsonName !== name) {
      field = fields.byName.get(name);
      if (!field) throw misfit(place);
      lastOrder[position] = field;
    }
    position++;
    if (field.tag < last) isInOrder = false;
    if (!isInOrder) continue;
    last = field.tag;
    at = encodePresent(field, value, at);
  }
  return isInOrder ? at : -1;
}

function encodeByNumber(fields: FieldPlans, source: Readonly<Record<string, unknown>>, start: number): number {
  let at = start;
  for (const field of fields.inOrder) {
    const value = source[field.jsonName];
    if (value !== undefined) at = encodePresent(field, value, at);
  }
  return at;
}

function encodePresent(field: FieldPlan, value: unknown, at: number): number {
  const end = field.isRepeated ? encodeList(field, value, at) : encodeField(field, value, at);
  if (end > limit) throw batonError(errors.RECORD_SIZE);
  return end;
}

function encodeField(field: FieldPlan, value: unknown, at: number): number {
  if (field.type === "string" || field.type === "bytes") return encodeText(field, value, at);
  if (field.type === "message") return encodeNested(field, value, at);
  return encodeScalar(field, value, encodeTag(field, at));
}

/** A list: numbers packed, everything else one by one, as protobuf writes it. */
function encodeList(field: FieldPlan, values: unknown, start: number): number {
  if (!Array.isArray(values)) throw misfit(field.place);
  if (values.length === 0) return start;
  const isPacked = wireTypeOf(field.type) !== wireTypes.LEN;
  const content = isPacked ? encodeTag(field, start) + 2 : start;
  let at = content;
  for (const value of values) {
    at = isPacked ? encodeScalar(field, value, at) : encodeField(field, value, at);
    if (at > limit) throw batonError(errors.RECORD_SIZE);
  }
  return isPacked ? closeLength(content, at) : at;
}

function encodeNested(field: FieldPlan | undefined, value: unknown, start: number): number {
  if (typeof value !== "object" || value === null || !field?.fields) throw misfit(field?.place ?? "kind");
  const content = encodeTag(field, start) + 2;
  return closeLength(content, encodeFields(field.fields, value, content, field.place));
}

/** Writes the length of `content..end` into the two bytes before it, or into one, and gives the end. */
function closeLength(content: number, end: number): number {
  const length = end - content;
  if (length >= 0x80) {
    arena[content - 2] = (length & 0x7f) | 0x80;
    arena[content - 1] = length >> 7;
    return end;
  }
  arena[content - 2] = length;
  arena.copyWithin(content - 1, content, end);
  return end - 1;
}

function encodeText(field: FieldPlan, value: unknown, start: number): number {
  const text = guarded(field, value);
  const { length } = text;
  if (length > maxRecordBytes) throw batonError(errors.RECORD_SIZE);
  const at = writeVarint(arena, encodeTag(field, start), length);
  for (let i = 0; i < length; i++) arena[at + i] = text[i] as number;
  return at + length;
}

/** Most texts of a field that are known to pass. */
const maxPassed = 64;

/** What the guard lets pass of a text, as a neighbour of the others. */
function guarded(field: FieldPlan, value: unknown): Uint8Array {
  const { policy, place } = field;
  if (!policy) throw misfit(place);
  const text = field.type === "bytes" ? guardedBytes(policy, value, place) : guardedText(field, policy, value);
  addNeighbour(policy, text);
  return text;
}

function guardedBytes(policy: TextPolicy, value: unknown, place: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw misfit(place);
  return guardBytes(policy, value, place, knownNow);
}

/** Judging is pure, so a text that has passed is not judged again. */
function guardedText({ passed, place }: FieldPlan, policy: TextPolicy, value: unknown): Uint8Array {
  if (typeof value !== "string") throw misfit(place);
  if (!passed) return guardText(policy, value, place, knownNow);
  if (passed.by !== knownNow) {
    passed.texts.clear();
    passed.by = knownNow;
  }
  const before = passed.texts.get(value);
  if (before) return before;
  const text = guardText(policy, value, place, knownNow);
  if (passed.texts.size >= maxPassed) passed.texts.clear();
  passed.texts.set(value, text);
  return text;
}

function encodeScalar(field: FieldPlan, value: unknown, at: number): number {
  switch (field.type) {
    case "bool":
      if (typeof value !== "boolean") throw misfit(field.place);
      arena[at] = value ? 1 : 0;
      return at + 1;
    case "double":
      if (typeof value !== "number" || !Number.isFinite(value)) throw misfit(field.place);
      view.setFloat64(at, value, true);
      return at + 8;
    case "fixed64":
      return encodeFixed64(field, value, at);
    case "fixed32":
      view.setUint32(at, Number(integer(field, value)), true);
      return at + 4;
    case "enum":
      return writeVarint(arena, at, enumNumber(field, value));
    default: {
      const number = integer(field, value);
      return writeVarint(arena, at, number < 0 ? BigInt.asUintN(64, BigInt(number)) : number);
    }
  }
}

function integer(field: FieldPlan, value: unknown): number | bigint {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && value >= field.least && value <= field.most) return value;
  } else if (typeof value === "bigint" && value >= field.leastBigint && value <= field.mostBigint) return value;
  throw misfit(field.place);
}

function enumNumber(field: FieldPlan, value: unknown): number {
  const number = typeof value === "string" ? field.numbers.get(value) : value;
  if (typeof number !== "number" || !field.known.has(number)) throw misfit(field.place);
  return number;
}

function encodeFixed64(field: FieldPlan, value: unknown, at: number): number {
  if (isStamp(value)) {
    view.setUint32(at, value.low, true);
    view.setUint32(at + 4, value.high, true);
  } else view.setBigUint64(at, BigInt(integer(field, value)), true);
  return at + 8;
}

function isStamp(value: unknown): value is Stamp {
  return typeof value === "object" && value !== null && "low" in value && "high" in value;
}

function encodeTag(field: FieldPlan, at: number): number {
  const { tag } = field;
  if (tag < 0x80) {
    arena[at] = tag;
    return at + 1;
  }
  return writeVarint(arena, at, tag);
}

function misfit(field: string): BatonError {
  return batonError(errors.RECORD_SHAPE, { field, place: field });
}
