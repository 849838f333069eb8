/** Bytes of a usage.jsonl to the texts of its lines (USE-003). Pure. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The lines that end in a newline, without it; undefined for one that is no UTF-8. */
export function* completeLines(bytes: Uint8Array): Generator<string | undefined> {
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    let text: string | undefined;
    try {
      text = utf8.decode(bytes.subarray(start, end));
    } catch {
      text = undefined;
    }
    yield text;
    start = end + 1;
  }
}

/** Where the complete lines end: behind the last newline, 0 where there is none. */
export function endOfLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(10) + 1;
}

/** Whether a line is no line, but counts in line numbers. */
export function isBlank(text: string): boolean {
  return text === "" || text.trim() === "";
}
