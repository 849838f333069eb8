/** Orders that both languages share. */

/** Compares byte by byte; a start of the other comes first. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}

/** Compares texts by their UTF-8 bytes, where `<` of JavaScript goes by UTF-16. */
export function compareText(a: string, b: string): number {
  return compareBytes(utf8.encode(a), utf8.encode(b));
}

const utf8 = new TextEncoder();
