/** The safe shape of a command: program, subcommand, flag names, and the values that are proven safe (PRV-060 to PRV-066). */
import { alphanumeric, digits, isIn, letters, parseByteSet } from "./byte-set.js";
import { misfitOf } from "./ident.js";
import { type CommandRules, type ProgramRules, proofs } from "./pack.js";
import { isProven, type ProofLists, programName, proofLists, textOf } from "./proof.js";

/** What is known of commands, compiled. */
export interface Commands {
  readonly programs: ReadonlyMap<string, ProgramRules>;
  readonly lists: ProofLists;
  readonly clusters: ReadonlySet<string>;
  readonly switches: ReadonlySet<string>;
}

/** Stands for everything that is not kept. */
export const mark = "…";

const mostWords = 32;
const mostFlag = 40;
const mostFlagDigits = 4;
/** Its UTF-8. */
export const markBytes = new TextEncoder().encode(mark);
const flagBytes = parseByteSet("A-Za-z0-9._-");
const [minus, equals] = [0x2d, 0x3d];

/** Compiles what the rule pack knows of commands. */
export function compileCommands(rules: CommandRules): Commands {
  const programs = new Map<string, ProgramRules>();
  for (const program of rules.programs) for (const name of program.names) programs.set(name, program);
  const { clusters, switches } = rules;
  return { programs, lists: proofLists(rules), clusters: new Set(clusters), switches: new Set(switches) };
}

/** Where the reading of a command stands. */
interface Reading {
  readonly commands: Commands;
  /** What is known of the program; undefined for an unknown one. */
  program: ProgramRules | undefined;
  /** Whether the place of the subcommand is still free. */
  isSubcommandNext: boolean;
  /** What proves the words without a dash. */
  operands: number;
  /** What proves the value of the flag before; undefined where that flag takes none. */
  value: number | undefined;
}

/**
 * Shapes the words of one simple command, one shaped word for each; `isSecret` says in which a secret was found. The first
 * word is the program; where it is no plain name, it alone is given, as "…".
 */
export function shapeWords(commands: Commands, words: readonly Uint8Array[], isSecret: readonly boolean[]): string[] {
  const name = words[0] && !isSecret[0] ? programName(words[0]) : undefined;
  if (name === undefined) return [mark];
  const reading: Reading = { commands, program: undefined, isSubcommandNext: false, operands: 0, value: undefined };
  enter(reading, name);
  const shape = [name];
  for (let i = 1; i < words.length; i++) {
    const word = words[i] as Uint8Array;
    const flag = isSecret[i] || word[0] !== minus ? undefined : shapeFlag(reading, word);
    shape.push(flag ?? shapeOperand(reading, isSecret[i] ? markBytes : word));
  }
  return shape;
}

/**
 * Joins shaped words with spaces, within 32 words and `maxBytes`: what does not fit, and a run of marks at the end, becomes
 * one mark. Shaping the result again gives it again, because a word before the end never moves.
 */
export function joinShape(shape: readonly string[], maxBytes: number): string {
  let last = shape.length;
  while (last > 1 && shape[last - 1] === mark && shape[last - 2] === mark) last--;
  let line = "";
  let length = 0;
  for (let i = 0; i < last; i++) {
    const word = shape[i] as string;
    const size = lengthOf(word) + (i > 0 ? 1 : 0);
    const reserve = i === last - 1 ? 0 : 1 + markBytes.length;
    const isFull = i === mostWords - 1 && last > mostWords;
    if (length + size + reserve > maxBytes || isFull) return i === 0 ? mark : `${line} ${mark}`;
    line += i > 0 ? ` ${word}` : word;
    length += size;
  }
  return line;
}

/** Bytes of a shaped word: ASCII, and at most one mark at its end. */
function lengthOf(word: string): number {
  return word.endsWith(mark) ? word.length - 1 + markBytes.length : word.length;
}

function enter(reading: Reading, name: string | undefined): void {
  reading.program = name === undefined ? undefined : reading.commands.programs.get(name);
  reading.isSubcommandNext = (reading.program?.subcommands?.length ?? 0) > 0;
  reading.operands = reading.program?.operands ?? proofs.NONE;
  reading.value = undefined;
}

/** A word without a dash, or anything that is not kept: it takes the place of a value, of a subcommand, or of neither. */
function shapeOperand(reading: Reading, word: Uint8Array): string {
  let proof = reading.operands;
  if (reading.value !== undefined) {
    proof = reading.value;
    reading.value = undefined;
  } else if (reading.isSubcommandNext) {
    reading.isSubcommandNext = false;
    const text = textOf(word);
    const subcommand = reading.program?.subcommands?.find((candidate) => candidate.names.includes(text));
    if (subcommand) {
      reading.operands = subcommand.operands ?? proofs.NONE;
      return text;
    }
  }
  if (proof === proofs.PROGRAM) {
    const name = programName(word);
    enter(reading, name);
    return name ?? mark;
  }
  return isProven(reading.commands.lists, proof, word) ? textOf(word) : mark;
}

/** A word with a dash; undefined where it is no flag that may be kept. */
function shapeFlag(reading: Reading, word: Uint8Array): string | undefined {
  const { commands, program } = reading;
  const equalsAt = word.indexOf(equals);
  const nameEnd = equalsAt < 0 ? word.length : equalsAt;
  const name = textOf(word, 0, nameEnd);
  if (isFlagName(commands, program, word, nameEnd)) {
    const proof = program?.options?.find((option) => option.names.includes(name))?.value;
    if (equalsAt < 0) {
      const isSwitch = commands.switches.has(name) || commands.clusters.has(name) || program?.switches?.includes(name);
      reading.value = isSwitch && proof === undefined ? undefined : isCount(word) ? undefined : (proof ?? proofs.NONE);
      return name;
    }
    reading.value = undefined;
    const value = word.subarray(equalsAt + 1);
    if (value.length === 0) return `${name}=`;
    return isProven(commands.lists, proof ?? proofs.NONE, value) ? `${name}=${textOf(value)}` : `${name}=${mark}`;
  }
  if (!isIn(alphanumeric, word, 1)) return undefined;
  // A short flag with its value attached, such as -j4 and -pPASSWORD.
  reading.value = undefined;
  const short = textOf(word, 0, 2);
  const proof = program?.options?.find((option) => option.names.includes(short))?.value ?? proofs.NONE;
  const value = word.subarray(2);
  return proof === proofs.NUMBER && isProven(commands.lists, proof, value) ? short + textOf(value) : short + mark;
}

/** Whether `0..end` is "-", "--", a short flag, a listed group of short flags, a small count, or a long name. */
function isFlagName(commands: Commands, program: ProgramRules | undefined, word: Uint8Array, end: number): boolean {
  if (end === 1) return word.length === 1;
  if (end === 2) return isIn(alphanumeric, word, 1) || (word[1] === minus && word.length === 2);
  if (end > mostFlag) return false;
  if (commands.clusters.has(textOf(word, 0, end)) || (end === word.length && isCount(word))) return true;
  const isLong = word[1] === minus;
  if (!isLong && !program?.singleDash && !program?.switches?.includes(textOf(word, 0, end))) return false;
  const start = isLong ? 2 : 1;
  if (!isIn(letters, word, start) || misfitOf(flagBytes, word, start, end) >= 0) return false;
  let count = 0;
  for (let at = start; at < end; at++) if (isIn(digits, word, at)) count++;
  return count <= mostFlagDigits;
}

/** Whether the word is a hyphen and at most four digits, as in head -20. */
function isCount(word: Uint8Array): boolean {
  return word.length > 1 && word.length <= 5 && misfitOf(digits, word, 1, word.length) < 0;
}
