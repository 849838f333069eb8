/**
 * Protobuf messages as bytes, by the generated tables alone, so that hosts carry no protobuf runtime.
 * `rust/state/src/record/wire.rs` walks the same way; both refuse the same bytes.
 *
 * Well-formed means: tags of field numbers 1 to 2^29-1 and wire types 0, 1, 2, 5; varints of at most 64 bits; lengths
 * inside their message; known fields in the wire type of their type (lists of numbers also packed); strings in UTF-8.
 * Unknown fields are skipped. Of a single field that stands more than once the last counts; messages are merged.
 */
import { errors } from "../gen/tables.js";
import { type BatonError, batonError } from "./error.js";
import type { FieldTable, FieldType, MessageTable } from "./schema.js";
import { endOfVarint, varintLow32, varintSigned, varintValue } from "./varint.js";

export * from "./encode.js";
export * from "./varint.js";

/** A decoded value: lists are arrays, 64-bit integers numbers where exact, else bigints; fixed64 always bigints. */
export type Value = string | number | bigint | boolean | Uint8Array | Decoded | Value[];

/** A decoded message by JSON names; absent fields are absent. */
export type Decoded = { [jsonName: string]: Value };

/** Wire types of protobuf that may occur. */
export const wireTypes = { VARINT: 0, I64: 1, LEN: 2, I32: 5 } as const;

/** A field as it lies in the bytes. */
export interface RawField {
  /** Field number. */
  number: number;
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  wireType: number;
  /** Start of the value, without tag and length. */
  start: number;
  /** End of the value; the next field starts here. */
  end: number;
}

/**
 * Steps `field` on to the field that starts at `field.end`; set `end` to the start of the message before the first
 * step. Gives false at `limit`. Allocates nothing. Throws RECORD_SHAPE on bytes that are no field.
 */
export function nextField(bytes: Uint8Array, limit: number, field: RawField): boolean {
  const at = field.end;
  if (at >= limit) return false;
  const tagEnd = endOfVarint(bytes, at, limit);
  if (tagEnd === undefined) throw malformed();
  const tag = tagEnd === at + 1 ? (bytes[at] as number) : Number(varintValue(bytes, at, tagEnd));
  const number = Math.floor(tag / 8);
  if (number === 0 || tag > 0xffff_ffff) throw malformed();
  field.number = number;
  field.wireType = tag % 8;
  field.start = tagEnd;
  switch (field.wireType) {
    case wireTypes.VARINT: {
      const end = endOfVarint(bytes, tagEnd, limit);
      if (end === undefined) throw malformed();
      field.end = end;
      return true;
    }
    case wireTypes.I64:
      field.end = tagEnd + 8;
      break;
    case wireTypes.LEN: {
      const lengthEnd = endOfVarint(bytes, tagEnd, limit);
      if (lengthEnd === undefined) throw malformed();
      field.start = lengthEnd;
      field.end = lengthEnd + Number(varintValue(bytes, tagEnd, lengthEnd));
      break;
    }
    case wireTypes.I32:
      field.end = tagEnd + 4;
      break;
    default:
      throw malformed();
  }
  if (field.end > limit) throw malformed();
  return true;
}

/** The fields of the message in `start..end`, known or not, in their order. Throws RECORD_SHAPE like `nextField`. */
export function* fieldsOf(bytes: Uint8Array, start = 0, end = bytes.length): Generator<RawField> {
  const field: RawField = { number: 0, wireType: 0, start, end: start };
  while (nextField(bytes, end, field)) yield { ...field };
}

/** Decodes a message. Throws RECORD_SHAPE on bytes that are not well-formed. Byte fields are views, not copies. */
export function decodeMessage(table: MessageTable, bytes: Uint8Array): Decoded {
  const into: Decoded = {};
  decodeInto(table, bytes, 0, bytes.length, into);
  return into;
}

/** Throws RECORD_SHAPE where the message in `start..end` is not well-formed; decodes nothing. */
export function checkMessage(table: MessageTable, bytes: Uint8Array, start = 0, end = bytes.length): void {
  const field: RawField = { number: 0, wireType: 0, start, end: start };
  while (nextField(bytes, end, field)) {
    const known = fieldOf(table, field.number);
    if (known) checkField(known, bytes, field);
  }
}

/** Throws RECORD_SHAPE where the raw field does not fit its table. */
export function checkField(known: FieldTable, bytes: Uint8Array, field: RawField): void {
  if (known.repeated && isPackable(known.type) && field.wireType === wireTypes.LEN) {
    packed(known.type, bytes, field.start, field.end, () => {});
  } else if (field.wireType !== wireTypeOf(known.type)) throw malformed(known.name);
  else if (known.type === "string") {
    if (!isUtf8(bytes, field.start, field.end)) throw malformed(known.name);
  } else if (known.message) checkMessage(known.message, bytes, field.start, field.end);
}

/** The field of a number, undefined where the table has none. */
export function fieldOf(table: MessageTable, number: number): FieldTable | undefined {
  const { fields } = table;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as FieldTable;
    if (field.number === number) return field;
  }
  return undefined;
}

/** Wire type of a single value of a type. */
export function wireTypeOf(type: FieldType): number {
  switch (type) {
    case "string":
    case "bytes":
    case "message":
      return wireTypes.LEN;
    case "fixed32":
      return wireTypes.I32;
    case "fixed64":
    case "double":
      return wireTypes.I64;
    default:
      return wireTypes.VARINT;
  }
}

/** Whether `start..end` is UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
export function isUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let i = start;
  while (i < end) {
    const lead = bytes[i++] as number;
    if (lead < 0x80) continue;
    let more = 0;
    let low = 0x80;
    let high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) more = 1;
    else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead === 0xe0) low = 0xa0;
      else if (lead === 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead === 0xf0) low = 0x90;
      else if (lead === 0xf4) high = 0x8f;
    } else return false;
    if (i + more > end) return false;
    for (; more > 0; more--) {
      const byte = bytes[i++] as number;
      if (byte < low || byte > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}

// ignoreBOM keeps a leading U+FEFF in the text; without it the decoder would drop three bytes of the value.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function decodeInto(table: MessageTable, bytes: Uint8Array, start: number, end: number, into: Decoded): void {
  const field: RawField = { number: 0, wireType: 0, start, end: start };
  while (nextField(bytes, end, field)) {
    const known = fieldOf(table, field.number);
    if (!known) continue;
    // A message is checked where it is decoded: to check it here too would read it once for every level above it.
    if (!known.message || field.wireType !== wireTypes.LEN) checkField(known, bytes, field);
    const present = into[known.jsonName];
    if (!known.repeated) into[known.jsonName] = decodeValue(known, bytes, field.start, field.end, present);
    else {
      const list: Value[] = Array.isArray(present) ? present : [];
      into[known.jsonName] = list;
      if (isPackable(known.type) && field.wireType === wireTypes.LEN)
        packed(known.type, bytes, field.start, field.end, (from, to) => {
          list.push(decodeValue(known, bytes, from, to, undefined));
        });
      else list.push(decodeValue(known, bytes, field.start, field.end, undefined));
    }
  }
}

function decodeValue(known: FieldTable, bytes: Uint8Array, start: number, end: number, present?: Value): Value {
  switch (known.type) {
    case "string":
      return utf8.decode(bytes.subarray(start, end));
    case "bytes":
      return bytes.subarray(start, end);
    case "bool":
      return Number(varintValue(bytes, start, end)) !== 0;
    case "enum":
    case "int32":
      return varintLow32(bytes, start, end) | 0;
    case "uint32":
      return varintLow32(bytes, start, end);
    case "int64":
      return varintSigned(bytes, start, end);
    case "uint64":
      return varintValue(bytes, start, end);
    case "fixed32":
      return viewOf(bytes).getUint32(start, true);
    case "fixed64":
      return viewOf(bytes).getBigUint64(start, true);
    case "double":
      return viewOf(bytes).getFloat64(start, true);
    case "message": {
      const into = isDecoded(present) ? present : {};
      if (known.message) decodeInto(known.message, bytes, start, end, into);
      return into;
    }
  }
}

function isDecoded(value: Value | undefined): value is Decoded {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function isPackable(type: FieldType): boolean {
  return type !== "string" && type !== "bytes" && type !== "message";
}

function packed(
  type: FieldType,
  bytes: Uint8Array,
  start: number,
  end: number,
  each: (start: number, end: number) => void,
): void {
  const wireType = wireTypeOf(type);
  for (let at = start; at < end; ) {
    const next =
      wireType === wireTypes.VARINT ? endOfVarint(bytes, at, end) : at + (wireType === wireTypes.I64 ? 8 : 4);
    if (next === undefined || next > end) throw malformed();
    each(at, next);
    at = next;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(field?: string): BatonError {
  return batonError(errors.RECORD_SHAPE, field === undefined ? {} : { field });
}
