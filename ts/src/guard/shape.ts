/** Commands at the guard: judged by their safe shape, redacted where they differ from it (PRV-060 to PRV-066). */
import { classLimits } from "../gen/tables.js";
import { isIn, parseByteSet } from "./byte-set.js";
import { joinShape, mark, markBytes, shapeWords } from "./command.js";
import { type Finding, inOrder, type Judgement } from "./finding.js";
import { type Knowledge, knowledge } from "./knowledge.js";
import type { Known } from "./known.js";
import { programName } from "./proof.js";
import { findSecrets } from "./secrets.js";
import { type ShellLine, splitShellLine, type Word } from "./shell-line.js";
import { budgetOf } from "./steps.js";
import { literalAt } from "./token.js";

/** Most bytes of a command line that is looked at. */
export const mostCommandInput = 65_536;

const utf8 = new TextEncoder();
const nameStart = parseByteSet("A-Za-z_");
const nameBytes = parseByteSet("A-Za-z0-9_");
const [plus, equals, space] = [0x2b, 0x3d, 0x20];

/**
 * The safe shape of an argument vector, at most 512 bytes; a single element is a shell line. Gives "…" for what cannot be
 * read, and where the rule pack is damaged.
 */
export function shapeCommand(argv: readonly string[]): string {
  const knows = knowledge();
  if (!knows) return mark;
  const parts = argv.map((argument) => utf8.encode(argument));
  const limit = classLimits.COMMAND;
  if (parts.length === 1) {
    const [line] = parts;
    const shaped = line && line.length <= mostCommandInput ? shapeLine({ knows }, line, limit) : undefined;
    return shaped?.output || mark;
  }
  const { line, words } = joinArguments(parts);
  if (line.length > mostCommandInput) return mark;
  return shapeLine({ knows }, line, limit, { words, compoundAt: -1 })?.output || mark;
}

/** Judges a command line in UTF-8 that is neither empty nor longer than `mostCommandInput`. */
export function judgeCommand(knows: Knowledge, text: Uint8Array, maxBytes: number, known?: Known): Judgement {
  const shaped = shapeLine({ knows, known }, text, maxBytes);
  if (!shaped) return { action: "reject", findings: [{ rule: "budget" }] };
  if (shaped.output === "") return { action: "reject", findings: [{ rule: "empty" }] };
  if (isText(text, 0, text.length, shaped.output)) return { action: "allow", findings: [] };
  const findings = shaped.findings.length > 0 ? shaped.findings : [{ rule: "command-form" }];
  return { action: "redact", findings: inOrder(findings), output: utf8.encode(shaped.output) };
}

/** What a line is judged by. */
interface Search {
  readonly knows: Knowledge;
  readonly known?: Known | undefined;
}

interface Shaped {
  readonly output: string;
  readonly findings: readonly Finding[];
}

/** Shapes a line; undefined where the step budget does not last, an empty output where there is no word. */
function shapeLine(search: Search, line: Uint8Array, maxBytes: number, given?: ShellLine): Shaped | undefined {
  const { knows, known } = search;
  const steps = budgetOf(line);
  const { findings: secrets } = findSecrets(knows.secrets, line, steps, known);
  if (steps.left < 0) return undefined;
  const { words, compoundAt } = given ?? splitShellLine(line);
  const first = given ? 0 : countAssignments(words);
  if (words.length === 0 && compoundAt < 0) return { output: "", findings: [] };
  const command = words.slice(first);
  const isSecret = wordsWith(secrets, command, line.length);
  const findings = [...secrets, ...words.slice(0, first).map((word) => valueAt(word))];
  let shape: string[];
  if (compoundAt >= 0) {
    const name = command[0] && !isSecret[0] ? programName(command[0].text) : undefined;
    shape = name === undefined ? [mark] : [name, mark];
    findings.push({ rule: "command-compound", start: compoundAt, end: compoundAt + 1 });
  } else {
    const texts = command.map((word) => word.text);
    shape = shapeWords(knows.commands(), texts, isSecret);
    const kept = shape;
    command.forEach((word, i) => {
      if (!isText(line, word.start, word.end, kept[i] ?? mark)) findings.push(valueAt(word));
    });
  }
  const isClean = secrets.length === 0;
  return { output: withoutSecrets(search, shape, maxBytes, isClean ? line : undefined), findings };
}

/** Joins the shape; where kept words make a secret together, less is kept. In `clean` no secret was found. */
function withoutSecrets(
  { knows, known }: Search,
  shape: readonly string[],
  maxBytes: number,
  clean: Uint8Array | undefined,
): string {
  const candidates = [shape, [shape[0] ?? mark, mark], [mark]];
  for (const candidate of candidates) {
    const output = joinShape(candidate, maxBytes);
    if (clean && isText(clean, 0, clean.length, output)) return output;
    const bytes = utf8.encode(output);
    const steps = budgetOf(bytes);
    const { findings } = findSecrets(knows.secrets, bytes, steps, known);
    if (findings.length === 0 && steps.left >= 0) return output;
  }
  return mark;
}

/** How many words at the start are assignments to variables, NAME=… or NAME+=…. */
function countAssignments(words: readonly Word[]): number {
  const index = words.findIndex(({ text }) => {
    let at = 0;
    while (isIn(nameBytes, text, at)) at++;
    if (at === 0 || !isIn(nameStart, text, 0)) return true;
    return text[at] !== equals && !(text[at] === plus && text[at + 1] === equals);
  });
  return index < 0 ? words.length : index;
}

function joinArguments(parts: readonly Uint8Array[]): { line: Uint8Array; words: Word[] } {
  const words: Word[] = [];
  let start = 0;
  for (const text of parts) {
    words.push({ text, start, end: start + text.length });
    start += text.length + 1;
  }
  const line = new Uint8Array(Math.max(0, start - 1)).fill(space);
  for (const { text, start: at } of words) line.set(text, at);
  return { line, words };
}

/** In which of the words a finding lies. */
function wordsWith(findings: readonly Finding[], words: readonly Word[], length: number): boolean[] {
  if (findings.length === 0) return words.map(() => false);
  const covered = coveredBefore(findings, length);
  return words.map(({ start, end }) => (covered[end] as number) > (covered[start] as number));
}

/** How many bytes before each offset are part of a finding: one pass, however many findings and words there are. */
function coveredBefore(findings: readonly Finding[], length: number): Int32Array {
  const begun = new Int32Array(length + 1);
  for (const { start = 0, end = 0 } of findings) {
    begun[start] = (begun[start] as number) + 1;
    begun[end] = (begun[end] as number) - 1;
  }
  const covered = new Int32Array(length + 1);
  for (let at = 0, open = 0; at < length; at++) {
    open += begun[at] as number;
    covered[at + 1] = (covered[at] as number) + (open > 0 ? 1 : 0);
  }
  return covered;
}

function valueAt(word: Word): Finding {
  return { rule: "command-value", start: word.start, end: word.end };
}

/** Whether `start..end` holds a text of ASCII and marks. */
function isText(line: Uint8Array, start: number, end: number, text: string): boolean {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80 ? code !== line[at] : literalAt(line, at, markBytes) === 0) return false;
    at += code < 0x80 ? 1 : markBytes.length;
  }
  return at === end;
}
