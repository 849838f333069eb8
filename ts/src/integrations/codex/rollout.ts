/**
 * The rollout file of a Codex session: how commands ended. Its format is internal to Codex, so nothing in it is relied on
 * to be there. Of an item only id, command line, folder, exit code and duration are looked at; of the first line only whose
 * it is.
 */
import { closeSync, openSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readRange } from "../../segment/system.js";

/** How a command ended. */
export interface EndedCommand {
  /** Id of the call, the `tool_use_id` of hooks. */
  readonly id: string;
  /** Absent where the command was killed. */
  readonly exitCode: number | undefined;
  /** In milliseconds. */
  readonly durationMs: number | undefined;
  /** The command line as it was called, and the folder that it ran in: to compare with, not to keep. */
  readonly line: string | undefined;
  readonly dir: string | undefined;
  /** Where its line begins in the file, in bytes. */
  readonly at: number;
}

/** Bytes at the end of a rollout that are looked at. Codex keeps 64 KiB of the output of a command, escaped six times that. */
const tailBytes = 4 * 1024 * 1024;

/** Most bytes of the first line, which holds the instructions of the client. */
const headBytes = 1024 * 1024;

/** Codex tells this exit code where it killed the command. */
const killed = -1;

const lineFeed = 0x0a;
const mark = Buffer.from('"CommandExecution"');

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
 * The commands that ended, by the tail of a rollout, oldest first. None where the file is no rollout, or where `session`
 * is given and it is another's. Never throws.
 */
export function endedCommands(path: string | undefined, session?: string): EndedCommand[] {
  const size = sizeOf(path);
  if (path === undefined || size === undefined) return [];
  try {
    const fd = openSync(path, "r");
    try {
      if (!isRolloutOf(readRange(fd, 0, Math.min(size, headBytes)), session)) return [];
      const start = Math.max(0, size - tailBytes);
      return endsIn(Buffer.from(readRange(fd, start, size)), start);
    } finally {
      closeSync(fd);
    }
  } catch {
    return [];
  }
}

/** Whether the first line is that of a rollout, and of this session: the session's own, or a subagent's. */
function isRolloutOf(head: Uint8Array, session: string | undefined): boolean {
  const end = head.indexOf(lineFeed);
  const { type, payload } = parse(Buffer.from(head.subarray(0, end < 0 ? head.length : end)).toString("utf8"));
  if (type !== "session_meta") return false;
  const { id, session_id } = fieldsOf(payload);
  return session === undefined || id === session || session_id === session;
}

function endsIn(tail: Buffer, offset: number): EndedCommand[] {
  const ends: EndedCommand[] = [];
  let from = offset === 0 ? 0 : tail.indexOf(lineFeed) + 1;
  for (;;) {
    const found = tail.indexOf(mark, from);
    const end = found < 0 ? -1 : tail.indexOf(lineFeed, found);
    if (end < 0) return ends;
    const start = Math.max(from, tail.lastIndexOf(lineFeed, found) + 1);
    const ended = endOf(tail.toString("utf8", start, end), offset + start);
    if (ended !== undefined) ends.push(ended);
    from = end + 1;
  }
}

function endOf(line: string, at: number): EndedCommand | undefined {
  const { type, payload } = parse(line);
  const { type: event, item } = fieldsOf(payload);
  const { type: kind, id, exit_code, duration, command, cwd } = fieldsOf(item);
  if (type !== "event_msg" || event !== "item_completed" || kind !== "CommandExecution") return undefined;
  if (typeof id !== "string" || !isInt32(exit_code)) return undefined;
  const { secs, nanos } = fieldsOf(duration);
  const durationMs = typeof secs === "number" && typeof nanos === "number" ? secs * 1000 + nanos / 1e6 : undefined;
  const last: unknown = Array.isArray(command) ? command.at(-1) : undefined;
  return {
    id,
    exitCode: exit_code === killed ? undefined : exit_code,
    durationMs,
    line: typeof last === "string" ? last : undefined,
    dir: folderOf(cwd),
    at,
  };
}

/** Folders are file URLs. */
function folderOf(cwd: unknown): string | undefined {
  try {
    return typeof cwd === "string" ? fileURLToPath(cwd) : undefined;
  } catch {
    return undefined;
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

function parse(line: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return {};
  }
}

function fieldsOf(json: unknown): Record<string, unknown> {
  return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
}
