/**
 * The rollout file of a Codex session: one JSON object a line. Its format is internal to Codex, so nothing in it is relied
 * on to be there. Of the first line only whose it is and which provider it names is looked at.
 */
import { closeSync, openSync, statSync } from "node:fs";
import { readRange } from "../../segment/system.js";

/** What is looked at of a rollout: read once, for one event. */
export interface Rollout {
  /** Provider of the session, as Codex's settings name it. */
  readonly provider: unknown;
  /** The last lines, whole ones. */
  readonly tail: Buffer;
  /** Where they begin in the file, in bytes. */
  readonly offset: number;
}

/** A line of the tail. */
export interface RolloutLine {
  /** Its `type`, and its `payload`, empty where it is no object. */
  readonly type: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
  /** When it was written, as Codex puts it. */
  readonly timestamp: unknown;
  /** Where it begins in the tail, in bytes. */
  readonly start: number;
}

/** Bytes at the end of a rollout that are looked at. Codex keeps 64 KiB of the output of a command, escaped six times that. */
const tailBytes = 4 * 1024 * 1024;

/** Most bytes of the first line, which holds the instructions of the client. */
const headBytes = 1024 * 1024;

const lineFeed = 0x0a;

/** Bytes of a file that is a regular one; undefined for anything else. */
export function sizeOf(path: string | undefined): number | undefined {
  if (path === undefined) return undefined;
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The tail of a rollout. Undefined where the file is no rollout, or where `session` is given and it is another's. Never
 * throws.
 */
export function readRollout(path: string | undefined, session?: string): Rollout | undefined {
  const size = sizeOf(path);
  if (path === undefined || size === undefined) return undefined;
  try {
    const fd = openSync(path, "r");
    try {
      const meta = metaIn(readRange(fd, 0, Math.min(size, headBytes)));
      if (meta === undefined || (session !== undefined && !isOf(meta, session))) return undefined;
      const start = Math.max(0, size - tailBytes);
      return { provider: meta.model_provider, ...wholeLines(readRange(fd, start, size), start) };
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** The lines of a tail that hold one of `"words"` outside of a string, in order. Those that are no JSON are empty. */
export function* linesWith({ tail }: Rollout, ...words: string[]): Generator<RolloutLine> {
  const marks = words.map((word) => Buffer.from(`"${word}"`)); // Within a string of JSON the quotes would be escaped.
  const places = marks.map((mark) => tail.indexOf(mark));
  for (;;) {
    const found = Math.min(...places.filter((place) => place >= 0));
    if (found === Number.POSITIVE_INFINITY) return;
    const line = lineAt(tail, found);
    yield line.parsed;
    for (const [i, mark] of marks.entries()) {
      const place = places[i] ?? -1;
      if (place >= 0 && place < line.end) places[i] = tail.indexOf(mark, line.end);
    }
  }
}

/** The fields of a JSON object; none of anything else. */
export function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
}

/** The payload of the first line of a rollout. */
function metaIn(head: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const end = head.indexOf(lineFeed);
  const { type, payload } = parse(Buffer.from(head.subarray(0, end < 0 ? head.length : end)).toString("utf8"));
  return type === "session_meta" ? fieldsOf(payload) : undefined;
}

/** Whether a rollout is the session's own, or a subagent's of it. */
function isOf({ id, session_id }: Readonly<Record<string, unknown>>, session: string): boolean {
  return id === session || session_id === session;
}

/** Without what is cut off at either end. */
function wholeLines(bytes: Uint8Array, start: number): Pick<Rollout, "tail" | "offset"> {
  const from = start === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.lastIndexOf(lineFeed) + 1).subarray(from);
  return { tail, offset: start + from };
}

/** The line around a place, and where the next one begins. */
function lineAt(tail: Buffer, place: number): { parsed: RolloutLine; end: number } {
  const start = tail.lastIndexOf(lineFeed, place) + 1;
  const end = tail.indexOf(lineFeed, place) + 1;
  const { type, payload, timestamp } = parse(tail.toString("utf8", start, end));
  return { parsed: { type, payload: fieldsOf(payload), timestamp, start }, end };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return {};
  }
}
