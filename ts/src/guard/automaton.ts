/**
 * Aho-Corasick over bytes with ASCII case folded: one table look-up per byte, whatever the number of words. Nothing but the
 * states behind one byte is built at once: the rest, each state when it is left for the first time, and each cell when it is
 * first come to.
 */

/** The automaton as tables. The cell of a state is twice its number, and 1 more where nothing is to be done but to go there. */
export interface Automaton {
  readonly words: readonly string[];
  /** Column of a byte; bytes that occur in no word share column 0. */
  readonly columns: Uint8Array;
  /** Every state has a row of `1 << shift` columns. */
  readonly shift: number;
  /** By row and column: the cell of the next state; 0 where that is not known yet. The start is state 0. */
  readonly next: Uint16Array;
  /** By state: how many bytes lead to it. */
  readonly depths: number[];
  /** By state: the state of its longest proper suffix; `open` where that is not known yet. */
  readonly suffixes: number[];
  /** By state: the words that end there, as their indexes; empty for most, and whole where the suffix is known. */
  readonly ends: (readonly number[])[];
  /** By state: the words that go on from there, as their indexes; none any more where their next states are built. */
  readonly onward: (readonly number[])[];
}

const noWords: readonly number[] = [];
/** A suffix that is not known yet. */
const open = -1;

/** A text as the bytes of its UTF-8, a character for each. */
export function byteString(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/**
 * Builds the automaton of words, a character for each byte, which are found in any case of ASCII. They have fewer than 32,767
 * bytes in all, and none is empty.
 */
export function buildAutomaton(words: readonly string[]): Automaton {
  const columns = new Uint8Array(256);
  const bytes = Buffer.from(words.join(""), "latin1");
  for (let i = 0; i < bytes.length; i++) columns[bytes[i] as number] = 1;
  for (let byte = 0x41; byte <= 0x5a; byte++) {
    if (columns[byte] === 1) columns[lowered(byte)] = 1;
    columns[byte] = 0;
  }
  // Letters first, so that what of a row is mostly read lies together.
  let width = 1;
  for (let byte = 255; byte >= 0; byte--) if (columns[byte] === 1) columns[byte] = width++;
  for (let byte = 0x41; byte <= 0x5a; byte++) columns[byte] = columns[lowered(byte)] as number;
  const shift = Math.ceil(Math.log2(width));
  // As many states as there could be: memory that nobody writes to is not taken.
  const next = new Uint16Array((bytes.length + 1) << shift);
  const onward = [words.map((_, index) => index)];
  return { words, columns, shift, next, depths: [0], suffixes: [0], ends: [noWords], onward };
}

/** Builds the states behind a state, by the next bytes of the words that go on from there. */
function goOn(automaton: Automaton, state: number): void {
  const { words, columns, shift, next, depths, suffixes, ends, onward } = automaton;
  const depth = depths[state] as number;
  const from = depths.length;
  const behind: number[][] = [];
  onward[state]?.forEach((index) => {
    const word = words[index] as string;
    const at = (state << shift) + (columns[word.charCodeAt(depth)] as number);
    if (next[at] === 0) {
      next[at] = depths.push(depth + 1) * 2 - 2;
      suffixes.push(open);
      ends.push(noWords);
      behind.push([]);
    }
    const to = (next[at] as number) >> 1;
    if (word.length === depth + 1) ends[to] = [...(ends[to] as readonly number[]), index];
    else behind[to - from]?.push(index);
  });
  onward.push(...behind);
  onward[state] = noWords;
}

/** The state behind `state` by the byte of `column`, known from now on. */
export function follow(automaton: Automaton, state: number, column: number): number {
  const { shift, next, suffixes, ends, onward } = automaton;
  if ((onward[state] as readonly number[]).length > 0) goOn(automaton, state);
  const at = (state << shift) + column;
  const cell = next[at] as number;
  const to = cell >> 1;
  if (cell !== 0 && suffixes[to] !== open) return to;
  const other = state === 0 ? 0 : follow(automaton, suffixes[state] as number, column);
  const known = cell === 0 ? other : to;
  if (cell !== 0) {
    suffixes[to] = other;
    const inherited = ends[other] as readonly number[];
    if (inherited.length > 0) ends[to] = [...(ends[to] as readonly number[]), ...inherited];
  }
  next[at] = known * 2 + ((ends[known] as readonly number[]).length > 0 ? 0 : 1);
  return known;
}

/** Whether any word of the automaton stands in `start..end`. */
export function containsWord(automaton: Automaton, text: Uint8Array, start: number, end: number): boolean {
  const { columns, shift, next, ends } = automaton;
  let state = 0;
  for (let at = start; at < end; at++) {
    const column = columns[text[at] as number] as number;
    const cell = next[(state << shift) + column] as number;
    state = (cell & 1) === 1 ? cell >> 1 : follow(automaton, state, column);
    if ((cell & 1) === 0 && (ends[state] as readonly number[]).length > 0) return true;
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
