/** What a hook of Codex is told, cut down to the fields that Baton reads. */
import { isAbsolute } from "node:path";

/** Events that Baton listens to; the others are not its business. */
export const hookNames = ["SessionStart", "PreToolUse", "PostToolUse", "Stop", "SessionEnd", "Interrupt"] as const;

/** A name of `hookNames`. */
export type HookName = (typeof hookNames)[number];

/** One event, and nothing else of it. */
export interface HookEvent {
  readonly name: HookName;
  /** Where the command runs, or the session stands: an absolute path. */
  readonly dir: string;
  /** Id of the session, also where a subagent of it acts. */
  readonly session: string | undefined;
  /** The rollout file, absent in ephemeral sessions: an absolute path. */
  readonly transcript: string | undefined;
  /** Why a session starts: startup, resume, clear or compact. */
  readonly source: string | undefined;
  /** Id of the call of a tool. */
  readonly call: string | undefined;
  /** The command line, of the shell tool alone. */
  readonly command: string | undefined;
}

/** Most characters of an id, a path and a command; a longer one is not read. */
const most = { id: 200, path: 4096, command: 65_536 };

/** Name of the tool whose input is a command line; that of apply_patch is the content of files. */
const shellTool = "Bash";

/**
 * Takes the fields of `HookEvent` from the JSON that Codex hands to a hook; everything else (prompt, tool_response,
 * last_assistant_message, inputs of other tools) is left unread. Gives undefined for another event and for what is none.
 */
export function pickEvent(json: unknown): HookEvent | undefined {
  const given = fieldsOf(json);
  const name = hookNames.find((known) => known === given.hook_event_name);
  const dir = pathIn(given.cwd);
  if (name === undefined || dir === undefined) return undefined;
  return {
    name,
    dir,
    session: textIn(given.session_id, most.id),
    transcript: pathIn(given.transcript_path),
    source: textIn(given.source, most.id),
    call: textIn(given.tool_use_id, most.id),
    command: given.tool_name === shellTool ? textIn(fieldsOf(given.tool_input).command, most.command) : undefined,
  };
}

/** What the tool `hook_event` of the MCP server takes: the same names, and the command by itself. */
export interface ReportedFields {
  readonly hook_event_name: string;
  readonly session_id?: string | null | undefined;
  readonly transcript_path?: string | null | undefined;
  readonly cwd?: string | null | undefined;
  readonly source?: string | null | undefined;
  readonly tool_use_id?: string | null | undefined;
  readonly command?: string | null | undefined;
}

/** The event of a call of `hook_event`; `dir` is where the server stands, `session` the one that it serves. */
export function reportedEvent(fields: ReportedFields, dir: string, session: string): HookEvent | undefined {
  const { command, ...same } = fields;
  return pickEvent({
    ...same,
    cwd: fields.cwd ?? dir,
    session_id: fields.session_id ?? session,
    tool_name: shellTool,
    tool_input: { command },
  });
}

function fieldsOf(json: unknown): Record<string, unknown> {
  return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
}

function textIn(value: unknown, longest: number): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= longest ? value : undefined;
}

function pathIn(value: unknown): string | undefined {
  const path = textIn(value, most.path);
  return path !== undefined && isAbsolute(path) && !path.includes("\0") ? path : undefined;
}
