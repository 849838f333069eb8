/** Test counts out of what known runners print (docs/proof.md, RUN-004). Sees every line once and keeps none. */
import { stripVTControlCharacters } from "node:util";

/** How many tests passed and failed. */
export interface TestCounts {
  passed: number;
  failed: number;
}

/** Counts while output passes by. */
export interface Counter {
  /** A function that takes the chunks of one stream in their order. */
  stream(): (chunk: Uint8Array) => void;
  /** The counts so far, unfinished last lines included; undefined where no known runner printed any. */
  counts(): TestCounts | undefined;
}

/** Longest part of a line that is looked at, in bytes. */
const lineLimit = 8192;

/** Makes a counter. Its memory does not grow with the output. */
export function createCounter(): Counter {
  const seen = nothingSeen();
  const ends: (() => void)[] = [];
  return {
    stream() {
      const line = Buffer.alloc(lineLimit);
      let length = 0;
      const end = (): void => {
        if (length > 0) readLine(seen, line.toString("utf8", 0, length));
        length = 0;
      };
      ends.push(end);
      return (chunk) => {
        for (let start = 0; start < chunk.length; ) {
          const feed = chunk.indexOf(0x0a, start);
          const stop = feed === -1 ? chunk.length : feed;
          const part = chunk.subarray(start, Math.min(stop, start + lineLimit - length));
          line.set(part, length);
          length += part.length;
          if (feed !== -1) end();
          start = stop + 1;
        }
      };
    },
    counts() {
      for (const end of ends) end();
      return totalOf(seen);
    },
  };
}

interface Tally extends TestCounts {
  /** Whether anything was counted, be it zero tests. */
  found: boolean;
}

interface Seen {
  /** Everything that runners summed up themselves. */
  summed: Tally;
  /** Whether a summary of node's kind is open, and whether one counted. */
  isInNodeSummary: boolean;
  hasNodeSummary: boolean;
  /** Results of go test -v; they count once a "=== RUN" shows that passing tests are printed too. */
  go: Tally;
  isGoVerbose: boolean;
  /** Results of TAP; they count behind a version or plan, where nothing sums them up. */
  tap: Tally;
  isTap: boolean;
}

function nothingSeen(): Seen {
  const none = (): Tally => ({ passed: 0, failed: 0, found: false });
  return {
    summed: none(),
    isInNodeSummary: false,
    hasNodeSummary: false,
    go: none(),
    isGoVerbose: false,
    tap: none(),
    isTap: false,
  };
}

function totalOf({ summed, hasNodeSummary, go, isGoVerbose, tap, isTap }: Seen): TestCounts | undefined {
  const counted = [summed, ...(isGoVerbose ? [go] : []), ...(isTap && !hasNodeSummary ? [tap] : [])];
  if (!counted.some(({ found }) => found)) return undefined;
  const sum = (of: (tally: Tally) => number) =>
    Math.min(
      0xffff_ffff,
      counted.reduce((total, tally) => total + of(tally), 0),
    );
  return { passed: sum(({ passed }) => passed), failed: sum(({ failed }) => failed) };
}

function readLine(seen: Seen, raw: string): void {
  const line = plain(raw);
  readSummary(seen.summed, line);
  readNodeSummary(seen, line);
  readGo(seen, line);
  readTap(seen, line);
}

/** Without escape sequences and the carriage return at the end. */
function plain(line: string): string {
  const text = line.includes("\u001b") ? stripVTControlCharacters(line) : line;
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** Lines that sum up a run in words such as "2 passed, 1 failed". */
const summaries: readonly RegExp[] = [
  /^\s*Tests {2,}(.+) \(\d+\)$/, // vitest
  /^Tests: +(.+), \d+ total$/, // jest
  /^(?:=+ )?(\d+ [a-z]+(?:, \d+ [a-z]+)*) in [0-9.]+s(?: \([0-9:]+\))?(?: =+)?$/, // pytest
  /^test result: (?:ok|FAILED)\. (.+)$/, // cargo test
  /^\s*Summary \[ *[0-9.]+s\] [0-9/]+ tests? run: (.+)$/, // cargo nextest
  /^\s{2,}(\d+ (?:passing|failing))(?: \([^()]*\))?$/, // mocha
];

const passedWords = new Set(["passed", "passing"]);
const failedWords = new Set(["failed", "failing", "error", "errors", "timed out", "exec failed"]);

function readSummary(tally: Tally, line: string): void {
  for (const summary of summaries) {
    const listed = summary.exec(line)?.[1];
    if (listed === undefined) continue;
    for (const item of listed.replace(/\([^()]*\)/g, "").split(/[,;|]/)) {
      const [, digits = "", word = ""] = /^ *(\d{1,9}) ([a-z][a-z ]*?) *$/.exec(item) ?? [];
      if (passedWords.has(word)) add(tally, Number(digits), 0);
      else if (failedWords.has(word)) add(tally, 0, Number(digits));
    }
    return;
  }
}

function readNodeSummary(seen: Seen, line: string): void {
  const [, word, digits] = /^(?:ℹ|#) (tests|pass|fail|cancelled) +(\d{1,9})$/.exec(line) ?? [];
  if (word === "tests") seen.isInNodeSummary = true;
  if (word === undefined || word === "tests" || !seen.isInNodeSummary) return;
  seen.hasNodeSummary = true;
  if (word === "pass") add(seen.summed, Number(digits), 0);
  else add(seen.summed, 0, Number(digits));
}

function readGo(seen: Seen, line: string): void {
  if (line.startsWith("=== RUN")) seen.isGoVerbose = true;
  else if (line.startsWith("--- PASS: ")) add(seen.go, 1, 0);
  else if (line.startsWith("--- FAIL: ")) add(seen.go, 0, 1);
  else if (line.startsWith("{") && line.includes('"Test"')) readGoEvent(seen.summed, line);
}

function readGoEvent(tally: Tally, line: string): void {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return;
  }
  const { Action, Test } = event as { Action?: unknown; Test?: unknown };
  if (typeof Test !== "string" || Test.includes("/")) return;
  if (Action === "pass") add(tally, 1, 0);
  else if (Action === "fail") add(tally, 0, 1);
}

function readTap(seen: Seen, line: string): void {
  if (/^TAP version \d+$/.test(line) || /^1\.\.\d+/.test(line)) seen.isTap = true;
  const [found, not, rest = ""] = /^(not )?ok \d+(?=\s|$)(.*)$/.exec(line) ?? [];
  if (found === undefined || /# *(?:skip|todo)/i.test(rest)) return;
  if (not === undefined) add(seen.tap, 1, 0);
  else add(seen.tap, 0, 1);
}

function add(tally: Tally, passed: number, failed: number): void {
  tally.passed += passed;
  tally.failed += failed;
  tally.found = true;
}
