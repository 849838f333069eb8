/**
 * How turns of a Codex session ended, by the rollout: which model was asked, whether it answered, else the kind of the
 * error and its HTTP status, and when the windows of a limit that are used up begin anew. No text of an error is looked at.
 */
import { fieldsOf, linesBackwards, type Rollout, type RolloutLine } from "./rollout.js";

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

/**
 * The turns that ended, by the tail of a rollout, newest first: those where it tells which model was asked, and that it
 * answered, or failed at a limit or with an HTTP status.
 */
export function* endedTurns(rollout: Rollout): Generator<EndedTurn> {
  for (const end of eventsBackwards(rollout, "task_complete")) {
    const used = modelInUse(rollout, end.start);
    const endedAt = momentOf(end);
    if (used === undefined || endedAt === undefined) continue;
    const { error } = end.payload;
    const hasFailed = error !== undefined && error !== null;
    const failure = hasFailed ? failureOf(error, rollout, end.start, endedAt) : undefined;
    if (hasFailed === (failure !== undefined)) yield { used, endedAt, failure };
  }
}

/** The model of the last turn that began: before a place of the tail, where one is given. */
export function modelInUse(rollout: Rollout, before?: number): UsedModel | undefined {
  const begun = firstOf(linesBackwards(rollout, "turn_context", before), ({ type }) => type === "turn_context");
  const applied = firstOf(eventsBackwards(rollout, "thread_settings_applied", before));
  const model = begun?.payload.model;
  const provider = fieldsOf(applied?.payload.thread_settings).model_provider_id ?? rollout.provider;
  return typeof model === "string" && typeof provider === "string" ? { provider, model } : undefined;
}

/** Codex tells `"usage_limit_exceeded"`, or `{"response_too_many_failed_attempts": {"http_status_code": 429}}`. */
function failureOf(error: unknown, rollout: Rollout, start: number, failedAt: number): Failure | undefined {
  const info = fieldsOf(error).codex_error_info;
  if (info === "usage_limit_exceeded")
    return { isLimit: true, status: undefined, resetsAt: resetIn(rollout, start, failedAt) };
  const status = fieldsOf(Object.values(fieldsOf(info))[0]).http_status_code;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 400 || status > 599) return undefined;
  return { isLimit: status === 429, status, resetsAt: undefined };
}

/** When the last of the windows that are used up begins anew, as the last count before `start` tells. */
function resetIn(rollout: Rollout, start: number, failedAt: number): number | undefined {
  const limits = fieldsOf(firstOf(eventsBackwards(rollout, "token_count", start))?.payload.rate_limits);
  const resets = [limits.primary, limits.secondary].flatMap((window) => {
    const { used_percent, resets_at } = fieldsOf(window);
    const isUsedUp = typeof used_percent === "number" && used_percent >= 100;
    if (!isUsedUp || typeof resets_at !== "number" || !Number.isSafeInteger(resets_at * 1000)) return [];
    return resets_at * 1000 > failedAt ? [resets_at * 1000] : [];
  });
  return resets.length === 0 ? undefined : Math.max(...resets);
}

function* eventsBackwards(rollout: Rollout, name: string, before?: number): Generator<RolloutLine> {
  for (const line of linesBackwards(rollout, name, before))
    if (line.type === "event_msg" && line.payload.type === name) yield line;
}

function firstOf(
  lines: Iterable<RolloutLine>,
  isSought: (line: RolloutLine) => boolean = () => true,
): RolloutLine | undefined {
  for (const line of lines) if (isSought(line)) return line;
  return undefined;
}

function momentOf({ timestamp }: RolloutLine): number | undefined {
  const moment = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}
