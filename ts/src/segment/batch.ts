/** Batches: record frames one behind the other, as a writer hands them to the kernel in one piece. */
import { type FrameOrigin, frameTypes, parseFrame, unverifiedFrame, writeFrame } from "./frame.js";

/** How many whole frames a batch starts with, and where the last of them ends. */
export function wholeFrames(batch: Uint8Array): { readonly count: number; readonly end: number } {
  const frame = unverifiedFrame();
  let count = 0;
  let end = 0;
  for (; parseFrame(batch, end, batch.length, frame); end = frame.end) count++;
  return { count, end };
}

/** Sequence number of its first frame; undefined where it has none. */
export function firstSeqOf(batch: Uint8Array): number | undefined {
  const frame = unverifiedFrame();
  return parseFrame(batch, 0, batch.length, frame) ? frame.seq : undefined;
}

/** The same records as frames of the segment whose id gave `base`: only the checksums differ, every frame keeps its length. */
export function copyBatch(batch: Uint8Array, base: number): Uint8Array {
  const frame = unverifiedFrame();
  const copy = new Uint8Array(batch.length);
  for (let at = 0; parseFrame(batch, at, batch.length, frame); at = frame.end) {
    const { kind, seq, originAt, originSeq } = frame;
    const payload = batch.subarray(frame.payloadStart, frame.payloadEnd);
    const origin: FrameOrigin | undefined =
      originAt < 0 ? undefined : { writer: batch.subarray(originAt, originAt + 16), seq: originSeq };
    writeFrame(copy, at, base, frameTypes.RECORD, kind, seq, payload, origin);
  }
  return copy;
}
