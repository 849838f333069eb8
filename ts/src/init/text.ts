/** Text of a file that belongs to somebody else: what of it stays as it is whatever is edited in it. */
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";

/** A file as text. The byte order mark is kept apart, because no editor may meet it. */
export interface Text {
  readonly text: string;
  readonly hasMark: boolean;
}

const mark = "\u{feff}";

/** Reads UTF-8, with or without a byte order mark. Throws CLIENT_SYNTAX, with `path` as place, on anything else. */
export function decodeText(bytes: Uint8Array, path: string): Text {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw batonError(errors.CLIENT_SYNTAX, { place: `${path}: not UTF-8` });
  }
  return text.startsWith(mark) ? { text: text.slice(1), hasMark: true } : { text, hasMark: false };
}

/** The bytes of a text; the inverse of `decodeText`. */
export function encodeText({ text, hasMark }: Text): Uint8Array {
  return new TextEncoder().encode(hasMark ? mark + text : text);
}

/** How the lines of a text end: as its first one does, with a line feed where it has none. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** Line and column of an offset, both from 1, as editors count. */
export function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
