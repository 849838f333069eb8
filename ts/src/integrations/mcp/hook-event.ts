/** The tool `hook_event`: events of Codex by its `mcp_tool` hooks, without a process for each. */
import * as z from "zod";
import type { Environment } from "../../git/run.js";
import type { Baton } from "../../index.js";
import { type ReportedFields, reportedEvent } from "../codex/event.js";
import { handleHook } from "../codex/hook.js";
import { hookTool } from "../codex/hooks.js";
import { createLimit } from "./limit.js";

/** Most events that one server takes within the window of `createLimit`: several agents that run five commands a second. */
export const mostEvents = 6000;

/** How the tool is announced. Models see it too, and may call it. */
export const hookEvent = {
  name: hookTool,
  description: "For the hooks of Codex, which call it by themselves. Nothing for a model to call.",
  input: z.object({
    hook_event_name: z.string(),
    session_id: z.string().nullish(),
    transcript_path: z.string().nullish(),
    cwd: z.string().nullish(),
    source: z.string().nullish(),
    tool_use_id: z.string().nullish(),
    command: z.string().nullish(),
  }),
};

/** Where the server stands. */
interface EventHost {
  readonly dir: string;
  readonly env: Environment;
  readonly home?: string | undefined;
}

/**
 * Takes events for one server, which opens the recorder. What is given is the text of the tool, which Codex takes as the
 * output of the hook: empty but for SessionStart, also where the event is none or one too many.
 */
export function eventTaker(
  host: EventHost,
  recorder: () => Baton,
): (fields: ReportedFields, session: string) => Promise<string> {
  const limit = createLimit(mostEvents);
  return async (fields, session) => {
    const event = reportedEvent(fields, host.dir, session);
    if (event === undefined) return "";
    const baton = recorder();
    try {
      limit.count(performance.now());
    } catch (error) {
      baton.safe.drop(error);
      return "";
    }
    return handleHook(event, { ...host, name: "mcp", baton, isHearsay: true });
  };
}
