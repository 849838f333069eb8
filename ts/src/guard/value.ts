/** The value behind a name: name, operator, scheme, quotes (PRV-042). Assignments, named rules and pairs share it. */
import { startsWith } from "./automaton.js";
import { alphanumeric, type ByteSet, isIn, parseByteSet, startsOf } from "./byte-set.js";
import type { AssignmentRule } from "./pack.js";
import type { Steps } from "./steps.js";

/** How names and values stand together, compiled. */
export interface ValueForm {
  readonly operators: readonly Uint8Array[];
  /** The first bytes of the operators, which are signs. */
  readonly operatorStarts: ByteSet;
  readonly schemes: readonly Uint8Array[];
  /** The first bytes of the schemes, in both cases of ASCII. */
  readonly schemeStarts: ByteSet;
  readonly quotes: ByteSet;
  readonly stops: ByteSet;
  readonly trailing: ByteSet;
}

/** What may follow the known part of a name. */
export type NameEnd =
  /** Nothing, or `_` or `-` and more of a name; blanks are operator enough for flags. */
  | "word"
  /** As "word", and blanks are operator enough. */
  | "spaced"
  /** More of a name at once, as in datadogApiKey; blanks are operator enough for flags. */
  | "open";

/** Where a value stands. */
export interface ValueRange {
  readonly from: number;
  readonly to: number;
}

const utf8 = new TextEncoder();
const mostGap = 16;
const mostFiller = 24;
const mostOpenFiller = 32;
const mostName = 48;
const mostValue = 512;
const mostType = 24;
const blank = parseByteSet(" \t");
const nameBytes = parseByteSet("A-Za-z0-9_-");
const openNameBytes = parseByteSet("A-Za-z0-9_.-");
/** What names of types are made of, in Go, Rust, Kotlin, TypeScript. */
const typeBytes = parseByteSet("A-Za-z0-9_&*<>[].?");
const valueWord = utf8.encode("value");
const [openParenthesis, comma, minus, colon, equals] = [0x28, 0x2c, 0x2d, 0x3a, 0x3d];
const [backslash, bracket, underscore] = [0x5c, 0x5d, 0x5f];

/** Compiles how names and values stand together. */
export function compileValueForm(rule: AssignmentRule): ValueForm {
  const operators = rule.operators.map((operator) => utf8.encode(operator)).sort((a, b) => b.length - a.length);
  const stops = parseByteSet(rule.stops).slice();
  for (let byte = 0; byte <= 0x20; byte++) stops[byte] = 1;
  stops[0x7f] = 1;
  const schemes = rule.schemes.map((scheme) => utf8.encode(scheme));
  return {
    operators,
    operatorStarts: startsOf(operators),
    schemes,
    schemeStarts: startsOf(schemes),
    quotes: parseByteSet(rule.quotes),
    stops,
    trailing: parseByteSet(rule.trailing),
  };
}

/** The value of the name whose known part stands at `start..end`; undefined where no operator follows it, or it is a call. */
export function valueBehind(
  form: ValueForm,
  nameEnd: NameEnd,
  text: Uint8Array,
  start: number,
  end: number,
  steps: Steps,
): ValueRange | undefined {
  const valueStart = startOfValue(form, nameEnd, text, start, end);
  if (valueStart < 0) return undefined;
  const at = behindScheme(form, text, valueStart);
  const escaped = text[at] === backslash && isIn(form.quotes, text, at + 1);
  const quoteAt = escaped ? at + 1 : at;
  const isQuoted = isIn(form.quotes, text, quoteAt);
  const from = isQuoted ? behindScheme(form, text, quoteAt + 1) : at;
  const to = isQuoted ? endOfQuoted(text, from, text[quoteAt] as number, escaped) : endOfBare(form, text, from);
  steps.left -= to - start;
  return !isQuoted && text[to] === openParenthesis ? undefined : { from, to };
}

/** Offset behind name and operator; -1 where no operator follows the name. */
function startOfValue(form: ValueForm, nameEnd: NameEnd, text: Uint8Array, start: number, end: number): number {
  let at = end;
  if (nameEnd === "open") {
    while (at - end < mostOpenFiller && isIn(openNameBytes, text, at)) at++;
  } else if (text[at] === underscore || text[at] === minus) {
    while (at - end < mostFiller && isIn(nameBytes, text, at)) at++;
  } else if (isIn(alphanumeric, text, at)) return -1;
  const nameStop = at;
  if (text[at] === backslash && isIn(form.quotes, text, at + 1)) at += 2;
  else if (isIn(form.quotes, text, at)) at++;
  const isQuotedName = at > nameStop;
  if (text[at] === bracket) at++;
  const gapEnd = behindGap(text, at);
  const valueAt = behindOperator(form, text, gapEnd);
  if (valueAt >= 0) {
    const typed = behindType(form, text, valueAt);
    return typed >= 0 ? typed : valueAt;
  }
  const otherAt = isQuotedName ? behindMember(form, text, gapEnd) : gapEnd > at ? behindType(form, text, gapEnd) : -1;
  if (otherAt >= 0) return otherAt;
  return gapEnd > at && (nameEnd === "spaced" || isFlag(text, start)) ? gapEnd : -1;
}

/** Offset behind the longest operator at `at` and the blanks that follow; -1 for none. A double colon is none. */
function behindOperator(form: ValueForm, text: Uint8Array, at: number): number {
  if (!isIn(form.operatorStarts, text, at)) return -1;
  for (const operator of form.operators) {
    if (!startsWith(text, at, operator)) continue;
    const isPath = operator.length === 1 && text[at] === colon && text[at + 1] === colon;
    return isPath ? -1 : behindGap(text, at + operator.length);
  }
  return -1;
}

/** Offset of the quote behind a type and an equals sign, as in `string = "`; -1 where they do not stand there. */
function behindType(form: ValueForm, text: Uint8Array, at: number): number {
  let end = at;
  while (end - at < mostType && isIn(typeBytes, text, end)) end++;
  const sign = behindGap(text, end);
  if (end === at || text[sign] !== equals) return -1;
  const quoteAt = behindGap(text, sign + 1);
  return isIn(form.quotes, text, quoteAt) ? quoteAt : -1;
}

/** Offset of the quote of what stands beside a quoted name: `"name", "`, `"name" value="`, `"name","value":"`; -1 for none. */
function behindMember(form: ValueForm, text: Uint8Array, at: number): number {
  const isNext = text[at] === comma;
  const start = isNext ? behindGap(text, at + 1) : at;
  const isQuote = isIn(form.quotes, text, start);
  const word = isQuote ? start + 1 : start;
  if (!startsWith(text, word, valueWord)) return isNext && isQuote ? start : -1;
  const end = word + valueWord.length;
  const quoteAt = behindOperator(form, text, behindGap(text, isIn(form.quotes, text, end) ? end + 1 : end));
  return quoteAt >= 0 && isIn(form.quotes, text, quoteAt) ? quoteAt : isNext && isQuote ? start : -1;
}

/** Offset behind a scheme such as Bearer and the blanks that follow; `at` where none stands there. */
function behindScheme(form: ValueForm, text: Uint8Array, at: number): number {
  if (!isIn(form.schemeStarts, text, at)) return at;
  for (const scheme of form.schemes) {
    const end = at + scheme.length;
    if (startsWith(text, at, scheme) && isIn(blank, text, end)) return behindGap(text, end);
  }
  return at;
}

/** Whether the name around `at` starts with a hyphen, as a flag does. */
function isFlag(text: Uint8Array, at: number): boolean {
  let start = at;
  while (at - start < mostName && isIn(nameBytes, text, start - 1)) start--;
  return text[start] === minus;
}

function behindGap(text: Uint8Array, at: number): number {
  let end = at;
  while (end - at < mostGap && isIn(blank, text, end)) end++;
  return end;
}

function endOfQuoted(text: Uint8Array, from: number, quote: number, escaped: boolean): number {
  let at = from;
  for (; at < text.length && at - from < mostValue; at++) {
    const byte = text[at] as number;
    if (byte === quote || byte === 0x0a || byte === 0x0d || (escaped && byte === backslash)) break;
  }
  return at;
}

function endOfBare(form: ValueForm, text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && at - from < mostValue && !isIn(form.stops, text, at)) at++;
  while (at > from && isIn(form.trailing, text, at - 1)) at--;
  return at;
}
