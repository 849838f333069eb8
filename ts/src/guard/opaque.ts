/** Runs that look random, by integers alone: the last rule, where nothing else is known (PRV-100 to PRV-102). */
import { isCapital } from "./assignment.js";
import { startsWith } from "./automaton.js";
import { endOfRun, parseByteSet, startOfRun } from "./byte-set.js";
import type { Finding } from "./finding.js";
import type { OpaqueRules } from "./pack.js";

/** The rule, compiled. */
export interface Opaque {
  readonly minBytes: number;
  readonly prefixes: readonly Uint8Array[];
  readonly minChanges: number;
  readonly minEntropy: number;
  /** 1000 k log2 k by k. */
  readonly weights: Int32Array;
}

const utf8 = new TextEncoder();
/** Kinds of bytes: 1 lower case, 2 upper case, 4 digit, 8 joint inside of a run, 0 outside. */
const kinds = new Uint8Array(256);
for (const [notation, kind] of [
  ["a-z", 1],
  ["A-Z", 2],
  ["0-9", 4],
  ["_", 8],
] as const)
  parseByteSet(notation).forEach((member, byte) => {
    if (member === 1) kinds[byte] = kind;
  });
const [lowerCase, upperCase, digit, joint] = [1, 2, 4, 8];
/** What a run is made of. */
const runBytes = parseByteSet("A-Za-z0-9_");
/** What a checksum in base64 is made of. */
const checksumBytes = parseByteSet("A-Za-z0-9+/=_-");
/** Letters beyond hexadecimal. */
const beyondHex = parseByteSet("G-Zg-z");
const ulidLength = 26;
/** How many times each byte stands in the run that is looked at; all zero between runs. */
const counts = new Uint16Array(128);

/** Compiles the rule. */
export function compileOpaque(rules: OpaqueRules): Opaque {
  return {
    minBytes: rules.minBytes,
    prefixes: rules.prefixes.map((prefix) => utf8.encode(prefix)),
    minChanges: rules.minChanges,
    minEntropy: rules.minEntropy,
    weights: Int32Array.from(rules.weights),
  };
}

const none: readonly Finding[] = [];

/** Every run that looks random; none starts before `from`. */
export function findOpaque(opaque: Opaque, text: Uint8Array, from: number): readonly Finding[] {
  let start = startOfRun(runBytes, opaque.minBytes, text, from, text.length);
  if (start < 0) return none;
  const findings: Finding[] = [];
  while (start >= 0) {
    let end = endOfRun(runBytes, text, start + opaque.minBytes, text.length);
    if (isChecksum(opaque, text, start)) end = endOfRun(checksumBytes, text, end, text.length);
    else if (isRandom(opaque, text, start, end)) findings.push({ rule: "opaque", start, end });
    start = startOfRun(runBytes, opaque.minBytes, text, end, text.length);
  }
  return findings;
}

/** Whether a listed prefix starts the run, or stands before it. */
function isChecksum(opaque: Opaque, text: Uint8Array, start: number): boolean {
  return opaque.prefixes.some(
    (prefix) =>
      startsWith(text, start, prefix) || (start >= prefix.length && startsWith(text, start - prefix.length, prefix)),
  );
}

/** Looks at the first bytes of the run, as many as there are weights. */
function isRandom(opaque: Opaque, text: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, start + opaque.weights.length - 1);
  let [seen, length, changes, before, isBeyondHex] = [0, 0, 0, 0, 0];
  for (let at = start; at < stop; at++) {
    const byte = text[at] as number;
    const kind = kinds[byte] as number;
    if (kind === joint) {
      before = 0;
      continue;
    }
    seen |= kind;
    length++;
    counts[byte] = (counts[byte] as number) + 1;
    isBeyondHex |= beyondHex[byte] as number;
    if (before !== 0 && kind !== before && !isCapital(text, at, end) && !isCapital(text, at - 1, end)) changes++;
    before = kind;
  }
  let weight = 0;
  for (let at = start; at < stop; at++) {
    const byte = text[at] as number;
    weight += opaque.weights[counts[byte] as number] as number;
    counts[byte] = 0;
  }
  if (length < opaque.minBytes || isBeyondHex === 0 || (seen & digit) === 0) return false;
  const hasBothCases = (seen & (lowerCase | upperCase)) === (lowerCase | upperCase);
  if (!hasBothCases && length <= ulidLength) return false;
  if (changes * 100 < opaque.minChanges * length) return false;
  // n log2 n - sum of k log2 k, in thousandths of a bit.
  return ((opaque.weights[length] as number) - weight) * 100 >= opaque.minEntropy * 1000 * length;
}
