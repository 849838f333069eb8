/** Orders that both languages share: by bytes, and of texts by those of their UTF-8. */

/** Compares byte by byte; a start of the other comes first. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}

/**
 * Compares texts by their code points, which is the order of their UTF-8 bytes, where `<` of JavaScript goes by UTF-16.
 * A lone surrogate, which usage lines may hold, is a code point like any other.
 */
export function compareText(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; ) {
    const one = a.codePointAt(i) as number;
    const other = b.codePointAt(i) as number;
    if (one !== other) return one - other;
    i += one > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
