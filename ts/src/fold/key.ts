/**
 * Identity keys as bytes: injective, and in the order of what they encode (FLD-010 … FLD-013). A key is held as a
 * string of one character per byte, so that it serves in a Map and `<` compares it by bytes.
 */
import type { FieldType, KindTable } from "../record/schema.js";
import { type RawField, varintLow32, varintSigned, varintValue } from "../record/wire.js";

/** Bytes as a string of one character (U+0000 to U+00FF) per byte. */
export type ByteString = string;

/** The part of an empty text. */
export const emptyText: ByteString = "\x01\0";

/** The part of an absent value. */
export const absentPart: ByteString = "\0";

/** The part of an unsigned integer below 2^32. */
export function wordOf(value: number): ByteString {
  return wordPart(0, value);
}

/** The part of a double. */
export function doublePart(value: number): ByteString {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return doubleBits(view.getBigUint64(0));
}

/** Start of every key of a kind: its number, four bytes, highest first. */
export function kindPrefix(kind: KindTable): ByteString {
  const { number } = kind;
  return String.fromCharCode(number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
}

/** Start of every key of a kind in a workspace; of a machine kind, of every key. */
export function keyPrefix(kind: KindTable, workspace: string): ByteString {
  if (kind.scope === "MACHINE") return kindPrefix(kind);
  const bytes = utf8.encode(workspace);
  return kindPrefix(kind) + textPart(bytes, 0, bytes.length);
}

/** One part of a key from the raw field that holds it; absent parts are `00`, present ones start with `01`. */
export function keyPart(type: FieldType, bytes: Uint8Array, field: RawField | undefined): ByteString {
  if (!field) return absentPart;
  switch (type) {
    case "string":
    case "bytes":
    case "message":
      return textPart(bytes, field.start, field.end);
    case "bool":
      return wordPart(0, varintValue(bytes, field.start, field.end) === 0 ? 0 : 1);
    case "uint32":
      return wordPart(0, varintLow32(bytes, field.start, field.end));
    case "uint64":
      return widePart(BigInt(varintValue(bytes, field.start, field.end)));
    case "enum":
    case "int32":
    case "int64": {
      const value = varintSigned(bytes, field.start, field.end);
      const signed = type === "int64" ? BigInt(value) : BigInt(varintLow32(bytes, field.start, field.end) | 0);
      return widePart(BigInt.asUintN(64, signed) ^ signBit);
    }
    case "fixed32":
      return wordPart(0, viewOf(bytes).getUint32(field.start, true));
    case "fixed64":
      return widePart(viewOf(bytes).getBigUint64(field.start, true));
    case "double":
      return doubleBits(viewOf(bytes).getBigUint64(field.start, true));
  }
}

const utf8 = new TextEncoder();
const signBit = 1n << 63n;
const allBits = (1n << 64n) - 1n;

// 00 inside becomes 00 FF and 00 ends: the next part starts with 00 or 01, so no text is the start of another's key.
function textPart(bytes: Uint8Array, start: number, end: number): ByteString {
  let part = "\x01";
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    part += byte === 0 ? "\0\xff" : String.fromCharCode(byte);
  }
  return `${part}\0`;
}

function doubleBits(bits: bigint): ByteString {
  return widePart(bits & signBit ? bits ^ allBits : bits ^ signBit);
}

function widePart(value: bigint): ByteString {
  return wordPart(Number(value >> 32n), Number(value & 0xffff_ffffn));
}

function wordPart(high: number, low: number): ByteString {
  return String.fromCharCode(
    1,
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
