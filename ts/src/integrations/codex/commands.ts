/** How commands ended, by the rollout: of an item id, command line, folder, exit code and duration, and nothing else. */
import { fileURLToPath } from "node:url";
import { fieldsOf, linesWith, type Rollout, type RolloutLine } from "./rollout.js";

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

/** Codex tells this exit code where it killed the command. */
const killed = -1;

/** The commands that ended, by the tail of a rollout, oldest first; none where there is no rollout. */
export function endedCommands(rollout: Rollout | undefined): EndedCommand[] {
  if (rollout === undefined) return [];
  const ends: EndedCommand[] = [];
  for (const line of linesWith(rollout, "CommandExecution")) {
    const ended = endOf(line, rollout.offset + line.start);
    if (ended !== undefined) ends.push(ended);
  }
  return ends;
}

function endOf({ type, payload }: RolloutLine, at: number): EndedCommand | undefined {
  const { type: event, item } = payload;
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
