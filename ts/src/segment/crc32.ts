/**
 * CRC-32 as IEEE 802.3 has it: reflected polynomial EDB88320, check value CBF43926 (SEG-010). Slicing by sixteen; a
 * state is a signed 32-bit integer that calls pass on, so that a checksum may be taken in pieces.
 */

/** State before the first byte. */
export const crcStart = -1;

const tables = makeTables();
const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = tables;

/** Below this length a view costs more than it saves. */
const leastViewed = 64;

/** The bytes of the last long call, and a view on them: words are read faster through it. */
let viewed: Uint8Array = new Uint8Array(0);
let view = new DataView(viewed.buffer);

/** The state after `bytes[start..end]`. */
export function updateCrc(state: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = state;
  let at = start;
  if (end - start >= leastViewed) {
    if (bytes !== viewed) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      viewed = bytes;
    }
    at = end - ((end - start) % 16);
    crc = updateCrcBlocks(state, view, start, at);
  }
  for (; at < end; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return crc;
}

/** The state after `start..end` of the view, a multiple of sixteen bytes. */
function updateCrcBlocks(state: number, view: DataView, start: number, end: number): number {
  let crc = state;
  for (let at = start; at < end; at += 16) {
    const one = crc ^ view.getInt32(at, true);
    const two = view.getInt32(at + 4, true);
    const three = view.getInt32(at + 8, true);
    const four = view.getInt32(at + 12, true);
    crc =
      (t15[one & 255] as number) ^
      (t14[(one >>> 8) & 255] as number) ^
      (t13[(one >>> 16) & 255] as number) ^
      (t12[one >>> 24] as number) ^
      (t11[two & 255] as number) ^
      (t10[(two >>> 8) & 255] as number) ^
      (t9[(two >>> 16) & 255] as number) ^
      (t8[two >>> 24] as number) ^
      (t7[three & 255] as number) ^
      (t6[(three >>> 8) & 255] as number) ^
      (t5[(three >>> 16) & 255] as number) ^
      (t4[three >>> 24] as number) ^
      (t3[four & 255] as number) ^
      (t2[(four >>> 8) & 255] as number) ^
      (t1[(four >>> 16) & 255] as number) ^
      (t0[four >>> 24] as number);
  }
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

type Four = [Int32Array, Int32Array, Int32Array, Int32Array];
type Tables = [...Four, ...Four, ...Four, ...Four];

function makeTables(): Tables {
  const made = Array.from({ length: 16 }, () => new Int32Array(256)) as Tables;
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
