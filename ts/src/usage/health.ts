/** What usage events say about models (USE-050 … USE-053): the state that ModelHealth records carry. Pure. */
import type { UsageEvent } from "./clean.js";
import { healthKind, type ModelHealth } from "./stored.js";

/** Numbers of baton.state.v1.ModelState. */
export const modelStates = { AVAILABLE: 1, LIMITED: 2, RETRY: 3, ERROR: 4, UNTESTED: 5 } as const;

/** The events of one model that decide its health; of events at one instant the first counts, as upstream has it. */
export interface ModelSight {
  last?: UsageEvent;
  /** Last one that a rate limit answered. */
  limited?: UsageEvent;
  /** Last one that told requests left or allowed. */
  quota?: UsageEvent;
}

/** Notes an event in what was seen of each model. */
export function sightEvent(sights: Map<string, ModelSight>, event: UsageEvent): void {
  const model = event.model ?? "unknown";
  let sight = sights.get(model);
  if (!sight) {
    sight = {};
    sights.set(model, sight);
  }
  if (isLater(event, sight.last)) sight.last = event;
  if ((event.rateLimited || event.status === 429) && isLater(event, sight.limited)) sight.limited = event;
  const tellsQuota = event.rateLimitRemaining !== undefined || event.rateLimitLimit !== undefined;
  if (tellsQuota && isLater(event, sight.quota)) sight.quota = event;
}

/** State of a model at `now` (ms). */
function modelState(sight: ModelSight, now: number): number {
  const { last } = sight;
  if (last === undefined) return modelStates.UNTESTED;
  if (resetAhead(sight, now) !== undefined || (last.status === 429 && !last.limitResetAtTs)) return modelStates.LIMITED;
  if (last.ok) return modelStates.AVAILABLE;
  return last.status === 429 ? modelStates.RETRY : modelStates.ERROR;
}

/** Health of a model at `now` (ms). */
function modelHealth(provider: string, model: string, sight: ModelSight, now: number): ModelHealth {
  return {
    provider,
    model,
    state: modelState(sight, now),
    limitResetsAt: resetAhead(sight, now),
    remaining: sight.quota?.rateLimitRemaining,
    limit: sight.quota?.rateLimitLimit,
    lastStatus: sight.last?.status ?? 0,
  };
}

/** A health with when it was true, in milliseconds since 1970. */
export interface ObservedHealth {
  readonly observedAt: number;
  readonly health: ModelHealth;
}

/** What the health of a model is judged by. */
export interface HealthInit {
  readonly provider: string;
  readonly model: string;
  readonly sight: ModelSight;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The newest one that is recorded. */
  readonly present: ObservedHealth | undefined;
}

/**
 * The health of a model where it is news (USE-053): its last event is inside the retention of healths and not older
 * than the recorded one, which says something else or is over a day older.
 */
export function healthNews({ provider, model, sight, now, present }: HealthInit): ObservedHealth | undefined {
  if (sight.last === undefined || sight.last.ts < now - healthKind.days * dayMs) return undefined;
  const observedAt = Math.floor(sight.last.ts);
  const health = modelHealth(provider, model, sight, now);
  if (present === undefined) return { observedAt, health };
  if (observedAt < present.observedAt) return undefined;
  const isNews = observedAt > present.observedAt + dayMs || !saysTheSame(health, present.health);
  return isNews ? { observedAt, health } : undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Whether two healths of one model say the same. */
function saysTheSame(a: ModelHealth, b: ModelHealth): boolean {
  return (
    a.state === b.state &&
    a.limitResetsAt === b.limitResetsAt &&
    a.remaining === b.remaining &&
    a.limit === b.limit &&
    a.lastStatus === b.lastStatus
  );
}

function isLater(event: UsageEvent, than: UsageEvent | undefined): boolean {
  return than === undefined || event.ts > than.ts;
}

function resetAhead(sight: ModelSight, now: number): number | undefined {
  const reset = sight.limited?.limitResetAtTs;
  return reset !== undefined && reset > now && reset <= Number.MAX_SAFE_INTEGER ? Math.ceil(reset) : undefined;
}
