/**
 * The hooks of the plugin. Of what OpenCode hands over they read the fields named here and in checks.ts and models.ts;
 * prompts, answers, titles, outputs of tools, headers and environments are never looked at. A hook that throws would take
 * the result of a tool, or the whole session, from the user: none does.
 */
import { createChecks } from "./checks.js";
import { integerAt, textAt, valueAt } from "./fields.js";
import { createHost } from "./host.js";
import { createModels } from "./models.js";
import { createSessions } from "./sessions.js";

/** A hook as OpenCode calls it: never throws, never rejects. */
export type Hook = (input?: unknown, output?: unknown) => Promise<void>;

/** The hooks, by OpenCode's names. */
export interface Hooks {
  readonly event: Hook;
  readonly "tool.execute.before": Hook;
  readonly "shell.env": Hook;
  readonly "tool.execute.after": Hook;
  readonly "experimental.chat.system.transform": Hook;
  readonly "experimental.session.compacting": Hook;
  readonly dispose: Hook;
}

/** How the system prompts begin of requests that OpenCode makes for itself: titles, and summaries. */
const ownRequests = [
  "You are a title generator",
  "You are a context summarization agent",
  "Summarize what was done in this conversation",
];

/** The hooks of an instance of OpenCode whose sessions work in `dir`. Does no I/O and never throws. */
export function createHooks(dir: string): Hooks {
  const host = createHost(dir);
  const sessions = createSessions(host);
  const checks = createChecks(host);
  const models = createModels(host);

  /** What is done with an event, by its type. Most come hundreds of times in a session and have no entry. */
  const events: Readonly<Record<string, (session: string, properties: unknown) => void>> = {
    "session.created": (session, properties) =>
      sessions.created(session, textAt(properties, "info", "parentID") !== undefined),
    "session.compacted": (session) => sessions.compacted(session),
    "session.idle": (session) => sessions.idle(session),
    "session.deleted": (session) => sessions.deleted(session),
    "session.status"(session, properties) {
      const status = valueAt(properties, "status");
      if (textAt(status, "type") === "retry") models.retries(session, status);
    },
    "session.error": (session, properties) => models.failed(session, valueAt(properties, "error")),
    "message.updated"(session, properties) {
      const info = valueAt(properties, "info");
      if (textAt(info, "role") !== "assistant") return;
      models.uses(session, textAt(info, "providerID"), textAt(info, "modelID"));
      const finish = textAt(info, "finish");
      const isAnswer = finish !== undefined && finish !== "error" && valueAt(info, "error") === undefined;
      if (isAnswer && integerAt(info, "time", "completed") !== undefined) models.answered(session);
    },
  };

  return {
    event: quiet((input) => {
      const type = valueAt(input, "event", "type");
      const handle = typeof type === "string" && Object.hasOwn(events, type) ? events[type] : undefined;
      if (handle === undefined) return;
      const session = textAt(input, "event", "properties", "sessionID");
      if (session !== undefined) handle(session, valueAt(input, "event", "properties"));
    }),
    "tool.execute.before": quiet(checks.before),
    "shell.env": quiet(checks.starts),
    "tool.execute.after": quiet(checks.after),
    "experimental.chat.system.transform": quiet((input, output) => {
      const session = textAt(input, "sessionID");
      const system = valueAt(output, "system");
      if (session === undefined || !Array.isArray(system) || isOwnRequest(system[0])) return;
      models.uses(session, textAt(input, "model", "providerID"), textAt(input, "model", "id"));
      const brief = sessions.brief(session);
      const last = system.length - 1;
      if (brief !== "" && typeof system[last] === "string") system[last] += `\n\n${brief}`;
    }),
    "experimental.session.compacting": quiet((input, output) => {
      const session = textAt(input, "sessionID");
      const context = valueAt(output, "context");
      const brief = session === undefined || !Array.isArray(context) ? "" : sessions.compacting(session);
      if (brief !== "") (context as unknown[]).push(brief);
    }),
    dispose: quiet(async () => {
      sessions.ended();
      await host.baton.safe.close();
    }),
  };
}

function isOwnRequest(system: unknown): boolean {
  return typeof system === "string" && ownRequests.some((start) => system.startsWith(start));
}

function quiet(hook: (input: unknown, output: unknown) => unknown): Hook {
  return async (input, output) => {
    try {
      await hook(input, output);
    } catch {
      // OpenCode must not notice.
    }
  };
}
