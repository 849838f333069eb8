/** Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words. */

/** The automaton as tables. */
export interface Automaton {
  /** Column of a byte; bytes that occur in no word share column 0. */
  readonly columns: Uint8Array;
  readonly width: number;
  /**
   * By row plus column: twice the row of the next state, and 1 more where a word ends there. The row of a state is the
   * state times width; that of the start is 0.
   */
  readonly next: Int32Array;
  /** By state: the words that end there, as their indexes; empty for most. */
  readonly ends: readonly (readonly number[])[];
}

const noWords: readonly number[] = [];

/** Builds the automaton of words, which are found in any case of ASCII. */
export function buildAutomaton(words: readonly Uint8Array[]): Automaton {
  const columns = new Uint8Array(256);
  let width = 1;
  for (const word of words) for (const byte of word) if (columns[lowered(byte)] === 0) columns[lowered(byte)] = width++;
  for (let byte = 0x41; byte <= 0x5a; byte++) columns[byte] = columns[byte | 0x20] as number;

  const most = words.reduce((sum, word) => sum + word.length, 1);
  const next = new Uint16Array(most * width);
  const ends: (readonly number[])[] = [noWords];
  words.forEach((word, index) => {
    let state = 0;
    for (const byte of word) {
      const cell = state * width + (columns[byte] as number);
      if (next[cell] === 0) {
        next[cell] = ends.length;
        ends.push(noWords);
      }
      state = next[cell] as number;
    }
    ends[state] = [...(ends[state] as readonly number[]), index];
  });

  // In the order of their depth, every state inherits what its longest proper suffix has.
  const suffix = new Uint16Array(ends.length);
  const queue: number[] = [];
  for (let column = 1; column < width; column++) if (next[column] !== 0) queue.push(next[column] as number);
  for (const state of queue) {
    const fallback = suffix[state] as number;
    const inherited = ends[fallback] as readonly number[];
    if (inherited.length > 0) ends[state] = [...(ends[state] as readonly number[]), ...inherited];
    for (let column = 1; column < width; column++) {
      const cell = state * width + column;
      const other = next[fallback * width + column] as number;
      if (next[cell] === 0) next[cell] = other;
      else {
        suffix[next[cell] as number] = other;
        queue.push(next[cell] as number);
      }
    }
  }
  const isEnd = ends.map((list) => (list.length > 0 ? 1 : 0));
  const cells = new Int32Array(ends.length * width);
  for (let cell = 0; cell < cells.length; cell++) {
    const to = next[cell] as number;
    cells[cell] = to * width * 2 + (isEnd[to] as number);
  }
  return { columns, width, next: cells, ends };
}

/** The words that end in the state of a cell of `next`. */
export function wordsAt(automaton: Automaton, cell: number): readonly number[] {
  return automaton.ends[(cell >> 1) / automaton.width] as readonly number[];
}

/** Whether any word of the automaton stands in `start..end`. */
export function containsWord(automaton: Automaton, text: Uint8Array, start: number, end: number): boolean {
  const { columns, next } = automaton;
  let cell = 0;
  for (let at = start; at < end; at++) {
    cell = next[(cell >> 1) + (columns[text[at] as number] as number)] as number;
    if ((cell & 1) === 1) return true;
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
