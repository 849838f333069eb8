/** Streams of deflate (RFC 1951) anywhere in bytes. */
import { constants, inflateRawSync } from "node:zlib";

/** A stream that was found, and what it holds. */
export interface Inflated {
  readonly name: "gzip" | "zlib";
  readonly content: Buffer;
}

/** Most bytes that are inflated of a stream. */
const mostBytes = 16 * 1024 * 1024;

/** All streams behind a head of gzip (RFC 1952) or zlib (RFC 1950), wherever they begin and wherever they are cut off. */
export function* inflated(bytes: Buffer): Generator<Inflated> {
  for (let at = 0; at + 2 < bytes.length; at++) {
    const head = headAt(bytes, at);
    const content = head && contentOf(bytes.subarray(at + head.length));
    if (content !== undefined && content.length > 0) yield { name: head?.name ?? "zlib", content };
  }
}

function headAt(bytes: Buffer, at: number): { name: Inflated["name"]; length: number } | undefined {
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  if (first === 0x1f && second === 0x8b && bytes[at + 2] === 8) return { name: "gzip", length: gzipHead(bytes, at) };
  return (first & 0x8f) === 0x08 && (first * 256 + second) % 31 === 0 ? { name: "zlib", length: 2 } : undefined;
}

/** Bytes of a head of gzip: ten, and what its flags say follows. */
function gzipHead(bytes: Buffer, at: number): number {
  const flags = bytes[at + 3] ?? 0;
  let end = at + 10;
  if (flags & 4) end += 2 + (bytes[end] ?? 0) + 256 * (bytes[end + 1] ?? 0);
  for (const flag of [8, 16]) if (flags & flag) end = bytes.indexOf(0, end) + 1 || bytes.length;
  return end + (flags & 2 ? 2 : 0) - at;
}

/** What of a stream can be read; undefined where it is none. */
function contentOf(bytes: Buffer): Buffer | undefined {
  try {
    // Not asking for an end: a torn stream is read as far as it goes.
    return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: mostBytes });
  } catch {
    return undefined;
  }
}
