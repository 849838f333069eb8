/** Git's answers are bytes: names in them need not be UTF-8. */

/** The entries of a NUL-terminated list. */
export function* splitNul(bytes: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

/** Text with U+FFFD for every maximal part that is not UTF-8. A byte order mark stays. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
