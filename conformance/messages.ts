/** What runners print. */
import { readSync, writeSync } from "node:fs";

/** What a runner answers to a question that it cannot answer yet. No case expects it. */
export const unanswered = "UNANSWERED";

/** Splits a stream of varint-length-delimited messages. Throws where it ends inside one. */
export function messagesOf(stream: Uint8Array): Uint8Array[] {
  const { messages, rest } = wholeMessages(stream);
  if (rest.length > 0) throw new Error("the stream ends inside a message");
  return messages;
}

/** The messages that are whole at the start of some bytes, and what comes behind them. */
export function wholeMessages(bytes: Uint8Array): { messages: Uint8Array[]; rest: Uint8Array } {
  const messages: Uint8Array[] = [];
  let end = 0;
  for (;;) {
    let size = 0;
    let shift = 1;
    let at = end;
    let byte: number;
    do {
      byte = bytes[at++] ?? 0;
      size += (byte & 0x7f) * shift;
      shift *= 128;
    } while (byte >= 0x80);
    if (at > bytes.length || at + size > bytes.length) return { messages, rest: bytes.subarray(end) };
    messages.push(bytes.subarray(at, at + size));
    end = at + size;
  }
}

/** Bytes that are read at once. */
const chunkBytes = 65_536;

/** Messages as they come in on a file descriptor; one is held at a time. */
export function* messagesFrom(fd: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(chunkBytes);
  let rest = chunk.subarray(0, 0);
  const isMore = (): boolean => {
    if (rest.length === 0) rest = chunk.subarray(0, readSync(fd, chunk));
    return rest.length > 0;
  };
  while (isMore()) {
    let size = 0;
    let shift = 1;
    let byte: number;
    do {
      if (!isMore()) throw new Error("the stream ends inside a size");
      byte = rest[0] ?? 0;
      rest = rest.subarray(1);
      size += (byte & 0x7f) * shift;
      shift *= 128;
    } while (byte >= 0x80);
    const message = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      if (!isMore()) throw new Error("the stream ends inside a message");
      const part = rest.subarray(0, size - filled);
      message.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
    }
    yield message;
  }
}

/** Writes a message to a file descriptor, at once. */
export function writeMessage(fd: number, message: Uint8Array): void {
  const size: number[] = [];
  let rest = message.length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) size.push((rest & 0x7f) | 0x80);
  const bytes = Buffer.concat([Uint8Array.from([...size, rest]), message]);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
