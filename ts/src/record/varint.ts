/** Base-128 varints of up to 64 bits, as protobuf writes them. */

/** A varint that was read: its value, and the offset behind it. */
export interface Varint {
  /** A number where it is exact, else a bigint. */
  readonly value: number | bigint;
  readonly end: number;
}

/**
 * Reads the varint at `at`. Gives undefined where it does not end before `limit`, or is above 64 bits.
 * It is minimal when `end - at === varintSize(value)`.
 */
export function readVarint(bytes: Uint8Array, at: number, limit: number): Varint | undefined {
  const end = endOfVarint(bytes, at, limit);
  return end === undefined ? undefined : { value: varintValue(bytes, at, end), end };
}

/** Offset behind the varint at `at`; undefined where it does not end before `limit`, or is above 64 bits. */
export function endOfVarint(bytes: Uint8Array, at: number, limit: number): number | undefined {
  const last = Math.min(limit, at + 10);
  for (let i = at; i < last; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x80) return i === at + 9 && byte > 1 ? undefined : i + 1;
  }
  return undefined;
}

/** Value of the whole varint in `start..end`: a number where it is exact, else a bigint. */
export function varintValue(bytes: Uint8Array, start: number, end: number): number | bigint {
  if (end - start > 7) {
    const wide = varintBigint(bytes, start, end);
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }
  let value = 0;
  for (let i = end - 1; i >= start; i--) value = value * 128 + ((bytes[i] as number) & 0x7f);
  return value;
}

/** Low 32 bits, unsigned, of the whole varint in `start..end`. */
export function varintLow32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, start + 5) - 1; i >= start; i--) value = (value << 7) | ((bytes[i] as number) & 0x7f);
  return value >>> 0;
}

/** Value of the whole varint in `start..end` as a signed 64-bit integer: a number where it is exact, else a bigint. */
export function varintSigned(bytes: Uint8Array, start: number, end: number): number | bigint {
  if (end - start < 10) return varintValue(bytes, start, end);
  const signed = BigInt.asIntN(64, varintBigint(bytes, start, end));
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}

/** Bytes that the minimal varint of an unsigned integer below 2^64 takes. */
export function varintSize(value: number | bigint): number {
  let size = 1;
  if (typeof value === "bigint") for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
  else if (value < 0x80) return 1;
  else for (let rest = value; rest >= 128; rest = rest > 0x7fff_ffff ? Math.floor(rest / 128) : rest >> 7) size++;
  return size;
}

/** Writes the minimal varint of an unsigned integer below 2^64 at `at`, and gives the offset behind it. */
export function writeVarint(out: Uint8Array, at: number, value: number | bigint): number {
  let next = at;
  if (typeof value === "bigint") {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) out[next++] = Number(rest & 0x7fn) | 0x80;
    out[next++] = Number(rest);
    return next;
  }
  let rest = value;
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) out[next++] = (rest % 128) | 0x80;
  for (; rest >= 128; rest >>= 7) out[next++] = (rest & 0x7f) | 0x80;
  out[next++] = rest;
  return next;
}

function varintBigint(bytes: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let i = end - 1; i >= start; i--) value = (value << 7n) | BigInt((bytes[i] as number) & 0x7f);
  return value;
}
