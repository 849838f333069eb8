/** What runners print. */

/** What a runner answers to a question that it cannot answer yet. No case expects it. */
export const unanswered = "UNANSWERED";

/** Splits a stream of varint-length-delimited messages. */
export function* messagesOf(stream: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < stream.length; ) {
    let size = 0;
    let shift = 1;
    let byte: number;
    do {
      byte = stream[at++] ?? 0;
      size += (byte & 0x7f) * shift;
      shift *= 128;
    } while (byte >= 0x80);
    if (at + size > stream.length) throw new Error("the stream ends inside a message");
    yield stream.subarray(at, at + size);
    at += size;
  }
}
