/** Health of the models that an instance talks to: what its events tell of limits, failures and answers. */
import type { ModelHealthInit } from "../../gen/inits.js";
import { now } from "../../home/home.js";
import { integerAt, textAt, valueAt } from "./fields.js";
import { type Host, remember } from "./host.js";

/** What hooks tell of models. They may throw. */
export interface Models {
  /** Says which model a session talks to; undefined names change nothing. */
  uses(session: string, provider: string | undefined, model: string | undefined): void;
  /** session.status of type retry: `status` has `message`, `next` and perhaps `action`. */
  retries(session: string, status: unknown): void;
  /** session.error: `error` has `name` and `data`. */
  failed(session: string, error: unknown): void;
  /** A model answered. */
  answered(session: string): void;
}

interface Model {
  readonly provider: string;
  readonly model: string;
}

interface Health {
  readonly state: "available" | "limited" | "retry" | "error";
  /** Milliseconds since 1970. */
  readonly limitResetsAt?: number;
  readonly lastStatus?: number;
}

/** What is still so is recorded again after this many milliseconds, so that it does not run out. */
const dayMs = 86_400_000;

/** How providers, and OpenCode for them, word a rate limit. The text is looked at and forgotten. */
const rateLimit = /\b429\b|rate[ _-]?limit|rate increased too quickly|too[ _]many[ _]requests|usage limit|quota/i;

/** The models of a host, none known at first. */
export function createModels(host: Host): Models {
  const models = new Map<string, Model>();
  /** What was recorded last of each model, and when on the monotonic clock. */
  const recorded = new Map<string, { readonly health: Health; readonly at: number }>();

  function tell(session: string, healthOf: (last: Health | undefined) => Health): void {
    const used = models.get(session);
    if (used === undefined) return;
    const key = `${used.provider} ${used.model}`;
    const last = recorded.get(key);
    const health = healthOf(last?.health);
    const at = performance.now();
    if (last !== undefined && at - last.at < dayMs && saysTheSame(health, last.health)) return;
    host.baton.record("modelHealth", { ...used, ...health } satisfies ModelHealthInit);
    remember(recorded, key, { health, at });
  }

  return {
    uses(session, provider, model) {
      if (provider !== undefined && model !== undefined) remember(models, session, { provider, model });
    },
    retries(session, status) {
      const next = integerAt(status, "next");
      const message = valueAt(status, "message");
      const isLimit =
        textAt(status, "action", "reason") !== undefined || (typeof message === "string" && rateLimit.test(message));
      tell(session, () =>
        isLimit ? { state: "limited", ...(next === undefined ? {} : { limitResetsAt: next }) } : { state: "retry" },
      );
    },
    failed(session, error) {
      const status = textAt(error, "name") === "APIError" ? integerAt(error, "data", "statusCode") : undefined;
      if (status === undefined || status < 400 || status > 599) return;
      tell(session, (last) => {
        const reset = last?.limitResetsAt;
        if (reset !== undefined && reset > now(host.env))
          return { state: "limited", limitResetsAt: reset, lastStatus: status };
        return { state: status === 429 ? "limited" : "error", lastStatus: status };
      });
    },
    answered(session) {
      tell(session, () => ({ state: "available" }));
    },
  };
}

function saysTheSame(a: Health, b: Health): boolean {
  return a.state === b.state && a.limitResetsAt === b.limitResetsAt && a.lastStatus === b.lastStatus;
}
