/** The two ends of a segment file: its header and its seal, read without what lies between them. */
import { crcOfSegmentId, frameCrc, parseFrame, unverifiedFrame } from "./frame.js";
import { type Opening, openingEnd, readOpening, readSeal, type Seal, sealBytes } from "./header.js";
import { fromHex } from "./hex.js";
import { readRange } from "./system.js";

/** Bytes of a file in which nearly every header ends; those of compacted segments may be longer. */
const headerGuess = 512;

/** Reads the header of an open file of `size` bytes (SEG-012); no more of the file than the header announces. */
export function openingOf(fd: number, size: number): Opening {
  const guess = readRange(fd, 0, Math.min(size, headerGuess));
  const end = openingEnd(guess);
  return readOpening(end > guess.length && end <= size ? readRange(fd, 0, end) : guess);
}

/**
 * Reads the seal that the last bytes of an open file of `size` bytes are; undefined where they are none that proves as
 * one of this segment and stands where it says. The bytes before it are not looked at.
 */
export function sealOf(fd: number, size: number, segment: string): Seal | undefined {
  return sealAtEnd(readRange(fd, Math.max(0, size - sealBytes), size), size, segment);
}

/** As `sealOf`, of the last bytes of a file of `size` bytes. */
export function sealAtEnd(bytes: Uint8Array, size: number, segment: string): Seal | undefined {
  const frame = unverifiedFrame();
  const start = bytes.length - sealBytes;
  if (start < 0 || !parseFrame(bytes, start, bytes.length, frame) || frame.end !== bytes.length) return undefined;
  const seal = readSeal(bytes, frame.payloadStart, frame.payloadEnd);
  const doesProve = frameCrc(crcOfSegmentId(fromHex(segment)), bytes, frame) === frame.crc;
  return doesProve && seal?.bytes === size - sealBytes ? seal : undefined;
}
