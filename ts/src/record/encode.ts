/** Messages to bytes, by the generated tables: fields in the order of their numbers, explicit presence, minimal varints. */
import { errors } from "../gen/tables.js";
import { type BatonError, batonError } from "./error.js";
import type { FieldTable, MessageTable } from "./schema.js";
import { varintSize, writeVarint } from "./varint.js";

/** Bytes that grow as they are written. */
export interface Sink {
  bytes: Uint8Array;
  length: number;
}

/** An empty sink. */
export function createSink(capacity = 256): Sink {
  return { bytes: new Uint8Array(capacity), length: 0 };
}

/** What the sink holds, as a view on it. */
export function sinkBytes(sink: Sink): Uint8Array {
  return sink.bytes.subarray(0, sink.length);
}

/** Appends a tag. */
function pushTag(sink: Sink, number: number, wireType: number): void {
  pushVarint(sink, number * 8 + wireType);
}

/** Appends the minimal varint of an unsigned integer below 2^64. */
function pushVarint(sink: Sink, value: number | bigint): void {
  reserve(sink, 10);
  sink.length = writeVarint(sink.bytes, sink.length, value);
}

/** Appends bytes as they are. */
export function pushBytes(sink: Sink, bytes: Uint8Array): void {
  reserve(sink, bytes.length);
  sink.bytes.set(bytes, sink.length);
  sink.length += bytes.length;
}

/** Appends a length-delimited field: tag, length, bytes. */
export function pushLengthDelimited(sink: Sink, number: number, bytes: Uint8Array): void {
  reserve(sink, bytes.length + 10 + varintSize(bytes.length));
  pushTag(sink, number, 2);
  pushVarint(sink, bytes.length);
  pushBytes(sink, bytes);
}

/** Appends four bytes, little-endian. */
function pushFixed32(sink: Sink, value: number): void {
  reserve(sink, 4);
  viewOf(sink).setUint32(sink.length, value, true);
  sink.length += 4;
}

/** Appends eight bytes, little-endian. */
function pushFixed64(sink: Sink, value: bigint): void {
  reserve(sink, 8);
  viewOf(sink).setBigUint64(sink.length, value, true);
  sink.length += 8;
}

/** Appends a double, little-endian. */
function pushDouble(sink: Sink, value: number): void {
  reserve(sink, 8);
  viewOf(sink).setFloat64(sink.length, value, true);
  sink.length += 8;
}

/**
 * Encodes a message without the guard: for headers, seals, verdicts and status, never for records. `value` has JSON
 * names as keys, enums as numbers, 64-bit integers as numbers or bigints; undefined is absent. Throws RECORD_SHAPE,
 * with the field, on a key that the table lacks and on a value that its type cannot hold.
 */
export function encodeMessage(table: MessageTable, value: object): Uint8Array {
  const sink = createSink();
  const source = value as Readonly<Record<string, unknown>>;
  let used = 0;
  for (const field of table.fields) {
    const present = source[field.jsonName];
    if (field.jsonName in source) used++;
    if (present === undefined) continue;
    if (!field.repeated) pushField(sink, field, present);
    else if (!Array.isArray(present)) throw misfit(field);
    else for (const element of present) pushField(sink, field, element);
  }
  if (used !== Object.keys(source).length) {
    const unknown = Object.keys(source).find((key) => !table.fields.some((field) => field.jsonName === key));
    if (unknown !== undefined) throw batonError(errors.RECORD_SHAPE, { field: table.name });
  }
  return sinkBytes(sink);
}

/** Appends one field with its tag; of a list, one element, unpacked. Throws RECORD_SHAPE like `encodeMessage`. */
export function pushField(sink: Sink, field: FieldTable, value: unknown): void {
  switch (field.type) {
    case "string":
      if (typeof value !== "string" || !isWellFormed(value)) throw misfit(field);
      pushLengthDelimited(sink, field.number, utf8.encode(value));
      return;
    case "bytes":
      if (!(value instanceof Uint8Array)) throw misfit(field);
      pushLengthDelimited(sink, field.number, value);
      return;
    case "message":
      if (typeof value !== "object" || value === null || !field.message) throw misfit(field);
      pushLengthDelimited(sink, field.number, encodeMessage(field.message, value));
      return;
    case "bool":
      if (typeof value !== "boolean") throw misfit(field);
      pushTag(sink, field.number, 0);
      pushVarint(sink, value ? 1 : 0);
      return;
    case "double":
      if (typeof value !== "number") throw misfit(field);
      pushTag(sink, field.number, 1);
      pushDouble(sink, value);
      return;
    case "enum":
    case "int32":
      pushInteger(sink, field, integer(field, value, -(2n ** 31n), 2n ** 31n - 1n));
      return;
    case "uint32":
      pushInteger(sink, field, integer(field, value, 0n, 2n ** 32n - 1n));
      return;
    case "int64":
      pushInteger(sink, field, integer(field, value, -(2n ** 63n), 2n ** 63n - 1n));
      return;
    case "uint64":
      pushInteger(sink, field, integer(field, value, 0n, 2n ** 64n - 1n));
      return;
    case "fixed32":
      pushTag(sink, field.number, 5);
      pushFixed32(sink, Number(integer(field, value, 0n, 2n ** 32n - 1n)));
      return;
    case "fixed64":
      pushTag(sink, field.number, 1);
      pushFixed64(sink, BigInt(integer(field, value, 0n, 2n ** 64n - 1n)));
  }
}

/** Whether a string has no lone surrogates (String.prototype.isWellFormed, which Node 18 lacks). */
export function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

const utf8 = new TextEncoder();

function pushInteger(sink: Sink, field: FieldTable, value: number | bigint): void {
  pushTag(sink, field.number, 0);
  pushVarint(sink, value < 0 ? BigInt.asUintN(64, BigInt(value)) : value);
}

function integer(field: FieldTable, value: unknown, least: bigint, most: bigint): number | bigint {
  const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  if (!isInteger || value < least || value > most) throw misfit(field);
  return value;
}

function reserve(sink: Sink, more: number): void {
  const needed = sink.length + more;
  if (needed <= sink.bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, sink.bytes.length * 2));
  grown.set(sink.bytes.subarray(0, sink.length));
  sink.bytes = grown;
}

function viewOf(sink: Sink): DataView {
  return new DataView(sink.bytes.buffer, sink.bytes.byteOffset, sink.bytes.byteLength);
}

function misfit(field: FieldTable): BatonError {
  return batonError(errors.RECORD_SHAPE, { field: field.name });
}
