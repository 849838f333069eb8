/** Text from records as data: nothing in it can end its line, turn its direction or hide (BRF-030 … BRF-033). */

/** Most bytes of UTF-8 of one text; the rest is cut and shows as "…". */
const mostTextBytes = 200;

/** Prose in double quotes: `"` and `\` are escaped with `\`. */
export function quoted(text: string): string {
  return `"${escaped(text, (code) => code === 0x22)}"`;
}

/** A command in backquotes; a backquote inside is escaped by its code point. */
export function code(text: string): string {
  return `\`${escaped(text, (point) => point === 0x60)}\``;
}

/** An identifier as it is; a space inside is escaped by its code point, so that it stays one word; "?" if empty. */
export function word(text: string): string {
  return text === "" ? "?" : escaped(text, (point) => point === 0x20);
}

/** Code points that change what a reader sees without showing: controls, bidi marks, and what is ignored by default. */
const hidden: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

function escaped(text: string, also: (code: number) => boolean): string {
  let out = "";
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
    if (bytes > mostTextBytes) return `${out}…`;
    if (point === 0x5c) out += "\\\\";
    else if (point === 0x22 && also(point)) out += '\\"';
    else if (also(point) || isHidden(point)) out += `\\u{${point.toString(16)}}`;
    else out += character;
  }
  return out;
}

/** Whether a code point changes what a reader sees without showing (BRF-032). */
export function isHidden(point: number): boolean {
  return hidden.some(([first, last]) => point >= first && point <= last);
}
