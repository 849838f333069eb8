/** The hooks that Baton asks Codex to run: the part of `hooks.json` that is ours. */

/** A handler of `hooks.json`. `timeout` is in seconds. */
export type HookHandler =
  | { readonly type: "command"; readonly command: string; readonly timeout: number }
  | {
      readonly type: "mcp_tool";
      readonly server: string;
      readonly tool: string;
      readonly timeout: number;
      readonly input: Readonly<Record<string, string>>;
    };

/** A group of handlers of one event. */
export interface HookGroup {
  /** Sources of SessionStart, or names of tools; every event where absent. */
  readonly matcher?: string;
  readonly hooks: readonly [HookHandler];
}

/** Our group of each event. */
export type HookGroups = Readonly<Record<string, HookGroup>>;

/** Name of the tool of the MCP server that takes events. */
export const hookTool = "hook_event";

/**
 * Events in the order in which they are written. Codex trusts a hook by its event, place, matcher, command and timeout:
 * what is changed here has to be trusted again by every user, so it never is without need.
 */
const events = [
  { name: "SessionStart", matcher: "startup|resume|clear|compact", timeout: 5, fields: ["source"] },
  { name: "PreToolUse", matcher: "Bash", timeout: 5, fields: ["tool_use_id", "tool_input.command"] },
  { name: "PostToolUse", matcher: "Bash", timeout: 5, fields: ["tool_use_id", "tool_input.command"] },
  { name: "Stop", timeout: 5, fields: [] },
  // Codex runs no mcp_tool hook here, and waits at most three seconds.
  { name: "SessionEnd", timeout: 3 },
  { name: "Interrupt", timeout: 3, fields: [] },
] as const;

/** Fields that every event has. */
const always = ["hook_event_name", "session_id", "transcript_path", "cwd"] as const;

/** The hooks as commands: a process for each event, which works with every Codex that has hooks. */
export function commandHooks(command: string): HookGroups {
  return groupsOf(({ timeout }) => ({ type: "command", command, timeout }));
}

/**
 * The hooks as calls of the MCP server that runs already, by its name in the configuration; `command` is for the event that
 * has no such calls. A field that an event does not have would void the call, so each names only its own.
 */
export function toolHooks(server: string, command: string): HookGroups {
  return groupsOf(({ timeout, fields }) => {
    if (fields === undefined) return { type: "command", command, timeout };
    const input = [...always, ...fields].map((field) => [field.replace("tool_input.", ""), `\${${field}}`] as const);
    return { type: "mcp_tool", server, tool: hookTool, timeout, input: Object.fromEntries(input) };
  });
}

interface ListenedEvent {
  readonly name: string;
  readonly matcher?: string;
  readonly timeout: number;
  readonly fields?: readonly string[];
}

function groupsOf(handlerOf: (event: ListenedEvent) => HookHandler): HookGroups {
  const groups = (events as readonly ListenedEvent[]).map((event) => {
    const { name, matcher } = event;
    return [name, { ...(matcher === undefined ? {} : { matcher }), hooks: [handlerOf(event)] }] as const;
  });
  return Object.fromEntries(groups);
}
