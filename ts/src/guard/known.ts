/** What only this process knows, found in any text: it is kept in memory and written nowhere (PRV-110 to PRV-114). */
import { isSecretLike } from "./assignment.js";
import { type Automaton, buildAutomaton, follow, startsWith } from "./automaton.js";
import { alphanumeric, isIn, letters, parseByteSet } from "./byte-set.js";
import { withoutEscapes } from "./escape.js";
import type { Finding } from "./finding.js";
import type { Knowledge } from "./knowledge.js";
import { isPlaceholder } from "./placeholder.js";
import type { Steps } from "./steps.js";
import { literalAt } from "./token.js";
import { userinfoAt } from "./userinfo.js";

/** What a process knows of itself. */
export interface KnownFacts {
  /** Its environment, or that of a file of NAME=VALUE lines. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Values that are secrets whatever their names. */
  readonly values: readonly string[];
  readonly homes: readonly string[];
  readonly users: readonly string[];
  readonly hosts: readonly string[];
}

/** Bytes that may not be stored, and how they are compared. */
interface Needle {
  readonly rule: "known-secret" | "home-directory" | "user-name" | "host-name";
  readonly bytes: Uint8Array;
  /** Whether any case of ASCII is the same. */
  readonly isFolded: boolean;
}

/** All needles, behind an automaton of their beginnings. */
export interface Known {
  readonly needles: readonly Needle[];
  readonly lengths: readonly number[];
  readonly automaton: Automaton;
}

const utf8 = new TextEncoder();
const shortestValue = 8;
const shortestPhrase = 16;
const shortestName = 3;
const shortestHome = 4;
const mostValueBytes = 4096;
const mostNeedles = 2048;
/** Bytes of a needle that the automaton knows; the rest is compared. */
const headBytes = 8;
const nameBytes = parseByteSet("A-Za-z0-9_.-");
const pathEnds = parseByteSet("/\\");
const blank = parseByteSet(" \t");
const [at, slash, colon, backslash] = [0x40, 0x2f, 0x3a, 0x5c];
const homesOfUsers = ["/home/", "/users/", "\\users\\", "\\home\\", "~"].map((text) => utf8.encode(text));

/** Compiles what a process knows; undefined where that is nothing. */
export function compileKnown({ known, secrets }: Knowledge, facts: KnownFacts): Known | undefined {
  const isSecretName = (name: string): boolean =>
    known.names.some((part) => name.includes(part)) && !known.exceptions.includes(name);
  const isTelling = (name: string): boolean =>
    Buffer.byteLength(name) >= shortestName && !known.common.includes(asciiLower(name));
  const texts = facts.variables.flatMap(([name, value]) => {
    const passwords = passwordsIn(utf8.encode(value));
    return isSecretName(asciiLower(name)) ? [utf8.encode(value), ...passwords] : passwords;
  });
  const values = [...texts, ...facts.values.map((value) => utf8.encode(value))].flatMap(linesOf);
  const isSecret = (value: Uint8Array): boolean =>
    isSecretValue(value) && !isPlaceholder(secrets.placeholders(), value, 0, value.length);
  const folded = (rule: Needle["rule"], names: readonly string[]): Needle[] =>
    names.map((name) => ({ rule, bytes: lowered(utf8.encode(name)), isFolded: true }));
  const needles = [
    ...folded(
      "home-directory",
      facts.homes.filter((path) => Buffer.byteLength(path) >= shortestHome),
    ),
    ...folded("user-name", facts.users.filter(isTelling)),
    ...folded("host-name", facts.hosts.filter(isTelling)),
    ...values.filter(isSecret).flatMap(spellings),
  ].slice(0, mostNeedles);
  if (needles.length === 0) return undefined;
  return {
    needles,
    lengths: needles.map(({ bytes }) => Math.min(bytes.length, headBytes)),
    automaton: buildAutomaton(
      needles.map(({ bytes }) => Buffer.from(lowered(bytes.subarray(0, headBytes))).toString("latin1")),
    ),
  };
}

/** Finds what is known in a text as it stands. */
export function findKnown(known: Known, text: Uint8Array, steps: Steps, findings: Finding[]): void {
  const { columns, shift, next, ends } = known.automaton;
  let state = 0;
  for (let i = 0; i < text.length; i++) {
    const column = columns[text[i] as number] as number;
    const cell = next[(state << shift) + column] as number;
    if ((cell & 1) === 1) {
      state = cell >> 1;
      continue;
    }
    state = follow(known.automaton, state, column);
    for (const word of ends[state] as readonly number[]) {
      const needle = known.needles[word] as Needle;
      const start = i + 1 - (known.lengths[word] as number);
      const end = start + needle.bytes.length;
      steps.left -= needle.bytes.length;
      if (steps.left < 0) return;
      if (stands(needle, text, start) && isInPlace(needle.rule, text, start, end))
        findings.push({ rule: needle.rule, start, end });
    }
  }
}

function stands({ bytes, isFolded }: Needle, text: Uint8Array, start: number): boolean {
  return isFolded ? startsWith(text, start, bytes) : literalAt(text, start, bytes) > 0;
}

/** Values count everywhere; a home directory as a whole path; names in paths of users and in user@host (PRV-113). */
function isInPlace(rule: Needle["rule"], text: Uint8Array, start: number, end: number): boolean {
  if (rule === "known-secret") return true;
  if (isIn(alphanumeric, text, end) || text[end] === 0x5f) return false;
  if (rule === "home-directory") return !isIn(nameBytes, text, start - 1);
  if (rule === "host-name")
    return (
      (text[start - 1] === at && isIn(nameBytes, text, start - 2)) ||
      (text[start - 1] === backslash && text[start - 2] === backslash && isIn(pathEnds, text, end))
    );
  if (text[end] === at && isIn(letters, text, end + 1) && !isIn(nameBytes, text, start - 1)) return true;
  const isWhole = end === text.length || !isIn(nameBytes, text, end);
  return isWhole && homesOfUsers.some((path) => start >= path.length && startsWith(text, start - path.length, path));
}

/** Whether a value is one that could stand nowhere by chance: no ordinary word, no path, no address. */
function isSecretValue(value: Uint8Array): boolean {
  if (value.length < shortestValue || value.length > mostValueBytes) return false;
  if (new Set(value).size < 5) return false;
  if (value[0] === slash || (value[1] === 0x3a && value[2] === backslash)) return false;
  if (behindScheme(value, 0) > 0 && !value.includes(at)) return false;
  return value.length >= shortestPhrase || isSecretLike(value, 0, value.length);
}

/** The password in the authority of each URL, as it stands and without its escapes. */
function passwordsIn(value: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = behindScheme(value, 0); start > 0; start = behindScheme(value, start)) {
    const { userEnd, end } = userinfoAt(value, start);
    if (userEnd < 0) continue;
    const password = value.subarray(userEnd + 1, end);
    const plain = withoutEscapes(password, { left: 0 });
    found.push(password, ...(plain ? [plain.text] : []));
  }
  return found;
}

/** Offset behind the first "://" from `start` on; 0 for none. */
function behindScheme(text: Uint8Array, start: number): number {
  for (let i = start; i + 2 < text.length; i++)
    if (text[i] === colon && text[i + 1] === slash && text[i + 2] === slash) return i + 3;
  return 0;
}

/** Lines without the blanks around them. */
function linesOf(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && text[i] !== 0x0a && text[i] !== 0x0d) continue;
    let [from, to] = [start, i];
    while (from < to && isIn(blank, text, from)) from++;
    while (to > from && isIn(blank, text, to - 1)) to--;
    lines.push(text.subarray(from, to));
    start = i + 1;
  }
  return lines;
}

/** A value as it stands, in base64 of every alignment, and in hexadecimal. Other spellings are decoded (PRV-090). */
function spellings(bytes: Uint8Array): Needle[] {
  const rule = "known-secret";
  const found: Needle[] = [{ rule, bytes, isFolded: false }];
  for (let shift = 0; shift < 3; shift++) {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor((shifted.length * 8) / 6);
    for (const alphabet of ["base64", "base64url"] as const) {
      const text = shifted.toString(alphabet).slice(first, last);
      if (alphabet === "base64" || /[-_]/.test(text)) found.push({ rule, bytes: utf8.encode(text), isFolded: false });
    }
  }
  found.push({ rule, bytes: utf8.encode(Buffer.from(bytes).toString("hex")), isFolded: true });
  return found;
}

/** ASCII lower case. */
function lowered(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte));
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
