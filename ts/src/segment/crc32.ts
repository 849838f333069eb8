/**
 * CRC-32 as IEEE 802.3 has it: reflected polynomial EDB88320, check value CBF43926 (SEG-010). Slicing by eight; a
 * state is a signed 32-bit integer that calls pass on, so that a checksum may be taken in pieces.
 */

/** State before the first byte. */
export const crcStart = -1;

const tables = makeTables();
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;

/** The state after `bytes[start..end]`. */
export function updateCrc(state: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = state;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24));
    crc =
      (t7[low & 255] as number) ^
      (t6[(low >>> 8) & 255] as number) ^
      (t5[(low >>> 16) & 255] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return crc;
}

/** The state after the four bytes of `word`, little-endian. */
export function updateCrcWord(state: number, word: number): number {
  const low = state ^ word;
  return (
    (t3[low & 255] as number) ^
    (t2[(low >>> 8) & 255] as number) ^
    (t1[(low >>> 16) & 255] as number) ^
    (t0[low >>> 24] as number)
  );
}

/** The state after the eight bytes of `first` and `second`, little-endian. */
export function updateCrcWords(state: number, first: number, second: number): number {
  const low = state ^ first;
  return (
    (t7[low & 255] as number) ^
    (t6[(low >>> 8) & 255] as number) ^
    (t5[(low >>> 16) & 255] as number) ^
    (t4[low >>> 24] as number) ^
    (t3[second & 255] as number) ^
    (t2[(second >>> 8) & 255] as number) ^
    (t1[(second >>> 16) & 255] as number) ^
    (t0[second >>> 24] as number)
  );
}

/** The checksum of a state, unsigned. */
export function finishCrc(state: number): number {
  return ~state >>> 0;
}

/** The checksum of `bytes[start..end]`, unsigned. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return finishCrc(updateCrc(crcStart, bytes, start, end));
}

type Tables = [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function makeTables(): Tables {
  const made = Array.from({ length: 8 }, () => new Int32Array(256)) as Tables;
  const [first] = made;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    let crc = first[byte] as number;
    for (const table of made.slice(1)) {
      crc = (crc >>> 8) ^ (first[crc & 255] as number);
      table[byte] = crc;
    }
  }
  return made;
}
