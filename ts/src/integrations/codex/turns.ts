/**
 * How turns of a Codex session ended, by the rollout: which model was asked, whether it answered, else the kind of the
 * error and its HTTP status, and when the windows of a limit that are used up begin anew. No text of an error is looked at.
 */
import { fieldsOf, linesWith, type Rollout, type RolloutLine } from "./rollout.js";

type Fields = RolloutLine["payload"];

/** Events of a rollout that tell of turns and their limits. */
const events = ["thread_settings_applied", "token_count", "task_complete"] as const;

/** A model as Codex's settings name it. */
export interface UsedModel {
  readonly provider: string;
  readonly model: string;
}

/** A turn that ended. */
export interface EndedTurn {
  readonly used: UsedModel;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** Absent where the model answered. */
  readonly failure: Failure | undefined;
}

/** Why a model did not answer. */
export interface Failure {
  readonly isLimit: boolean;
  /** HTTP status, 400 to 599, where Codex keeps it: for plain rate limits, not for those of a plan. */
  readonly status: number | undefined;
  /** When the limit ends, where that is told: milliseconds since 1970. */
  readonly resetsAt: number | undefined;
}

/** The turns that the tail of a rollout tells of. */
export interface Turns {
  /**
   * Those that ended, oldest first, where it tells which model was asked, and that it answered, or failed at a limit or with
   * an HTTP status.
   */
  readonly ended: readonly EndedTurn[];
  /** The model of the last turn that began. */
  readonly inUse: UsedModel | undefined;
}

/** The turns in the tail of a rollout, in one pass. */
export function turnsIn(rollout: Rollout): Turns {
  const ended: EndedTurn[] = [];
  let model: unknown;
  let provider = rollout.provider;
  let limits: Fields = {};
  for (const { type, payload, timestamp } of linesWith(rollout, "turn_context", ...events)) {
    if (type === "turn_context") model = payload.model;
    if (type !== "event_msg") continue;
    if (payload.type === "thread_settings_applied")
      provider = fieldsOf(payload.thread_settings).model_provider_id ?? rollout.provider;
    if (payload.type === "token_count") limits = fieldsOf(payload.rate_limits);
    if (payload.type !== "task_complete") continue;
    const turn = endOf(payload.error, usedModel(provider, model), momentOf(timestamp), limits);
    if (turn !== undefined) ended.push(turn);
  }
  return { ended, inUse: usedModel(provider, model) };
}

function usedModel(provider: unknown, model: unknown): UsedModel | undefined {
  return typeof model === "string" && typeof provider === "string" ? { provider, model } : undefined;
}

function endOf(
  error: unknown,
  used: UsedModel | undefined,
  endedAt: number | undefined,
  limits: Fields,
): EndedTurn | undefined {
  if (used === undefined || endedAt === undefined) return undefined;
  if (error === undefined || error === null) return { used, endedAt, failure: undefined };
  const failure = failureOf(error, limits, endedAt);
  return failure && { used, endedAt, failure };
}

/** Codex tells `"usage_limit_exceeded"`, or `{"response_too_many_failed_attempts": {"http_status_code": 429}}`. */
function failureOf(error: unknown, limits: Fields, failedAt: number): Failure | undefined {
  const info = fieldsOf(error).codex_error_info;
  if (info === "usage_limit_exceeded") return { isLimit: true, status: undefined, resetsAt: resetIn(limits, failedAt) };
  const status = fieldsOf(Object.values(fieldsOf(info))[0]).http_status_code;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 400 || status > 599) return undefined;
  return { isLimit: status === 429, status, resetsAt: undefined };
}

/** When the last of the windows that are used up begins anew. */
function resetIn(limits: Fields, failedAt: number): number | undefined {
  const resets = [limits.primary, limits.secondary].flatMap((window) => {
    const { used_percent, resets_at } = fieldsOf(window);
    const isUsedUp = typeof used_percent === "number" && used_percent >= 100;
    if (!isUsedUp || typeof resets_at !== "number" || !Number.isSafeInteger(resets_at * 1000)) return [];
    return resets_at * 1000 > failedAt ? [resets_at * 1000] : [];
  });
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function momentOf(timestamp: unknown): number | undefined {
  const moment = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}
