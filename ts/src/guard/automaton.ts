/**
 * Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words. The tree of the
 * words is built at once; what follows from it, each cell when it is first come to.
 */

/** The automaton as tables. The cell of a state is twice its number, and 1 more where more is to be done than to go there. */
export interface Automaton {
  /** Column of a byte; bytes that occur in no word share column 0. */
  readonly columns: Uint8Array;
  /** Every state has a row of `1 << shift` columns. */
  readonly shift: number;
  /** By row and column: the cell of the next state. The start is 0. */
  readonly next: Uint16Array;
  /** By state: the state of its longest proper suffix; `open` where that is not known yet. */
  readonly suffix: Uint16Array;
  /** By state: the words that end there, as their indexes; empty for most, and whole where the suffix is known. */
  readonly ends: (readonly number[])[];
}

const noWords: readonly number[] = [];
/** A cell, or a suffix, that is not known yet. */
const open = 0xffff;

/** A text as the bytes of its UTF-8, a character for each. */
export function byteString(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/**
 * Builds the automaton of words, which are in lower case, a character for each byte, and are found in any case of ASCII. They
 * have fewer than 32,767 bytes in all.
 */
export function buildAutomaton(words: readonly string[]): Automaton {
  const columns = new Uint8Array(256);
  const bytes = Buffer.from(words.join(""), "latin1");
  // Letters first, so that what of a row is mostly read lies together.
  let width = 1;
  for (let i = 0; i < bytes.length; i++) columns[bytes[i] as number] = 1;
  for (let byte = 255; byte >= 0; byte--) if (columns[byte] === 1) columns[byte] = width++;
  for (let byte = 0x41; byte <= 0x5a; byte++) columns[byte] = columns[byte | 0x20] as number;
  const shift = Math.ceil(Math.log2(width));
  const next = new Uint16Array((bytes.length + 1) << shift).fill(open);
  const ends: (readonly number[])[] = [noWords];
  // A byte of every word at a time: states get their numbers in the order of their depth, and shallow ones lie together.
  const reached = new Uint16Array(words.length);
  const left = Uint16Array.from(words.keys());
  for (let depth = 0, count = left.length; count > 0; depth++) {
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const index = left[i] as number;
      const word = words[index] as string;
      let state = reached[index] as number;
      if (depth < word.length) {
        const at = (state << shift) + (columns[word.charCodeAt(depth)] as number);
        const cell = next[at] as number;
        state = cell === open ? ends.push(noWords) - 1 : cell >> 1;
        if (cell === open) next[at] = state * 2 + 1;
        reached[index] = state;
        left[kept++] = index;
      } else {
        const before = ends[state] as readonly number[];
        ends[state] = before.length === 0 ? [index] : [...before, index];
      }
    }
    count = kept;
  }
  const suffix = new Uint16Array(ends.length).fill(open);
  suffix[0] = 0;
  return { columns, shift, next: next.slice(0, ends.length << shift), suffix, ends };
}

/** The state behind `state` by the byte of `column`, known from now on. */
export function follow(automaton: Automaton, state: number, column: number): number {
  const { shift, next, suffix, ends } = automaton;
  const at = (state << shift) + column;
  const cell = next[at] as number;
  const to = cell >> 1;
  if (cell !== open && suffix[to] !== open) return to;
  const other = state === 0 ? 0 : follow(automaton, suffix[state] as number, column);
  const known = cell === open ? other : to;
  if (cell !== open) {
    suffix[to] = other;
    const inherited = ends[other] as readonly number[];
    if (inherited.length > 0) ends[to] = [...(ends[to] as readonly number[]), ...inherited];
  }
  next[at] = known * 2 + ((ends[known] as readonly number[]).length > 0 ? 1 : 0);
  return known;
}

/** Whether any word of the automaton stands in `start..end`. */
export function containsWord(automaton: Automaton, text: Uint8Array, start: number, end: number): boolean {
  const { columns, shift, next, ends } = automaton;
  let state = 0;
  for (let at = start; at < end; at++) {
    const column = columns[text[at] as number] as number;
    const cell = next[(state << shift) + column] as number;
    state = (cell & 1) === 0 ? cell >> 1 : follow(automaton, state, column);
    if ((cell & 1) === 1 && (ends[state] as readonly number[]).length > 0) return true;
  }
  return false;
}

/** ASCII lower case of a byte. */
function lowered(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Whether `word`, which is in lower case, stands at `at` in any case of ASCII. */
export function startsWith(text: Uint8Array, at: number, word: Uint8Array, end = text.length): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (lowered(text[at + i] as number) !== word[i]) return false;
  return true;
}
