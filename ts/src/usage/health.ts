/** What usage events say about models (USE-050 … USE-053): the state that ModelHealth records carry. Pure. */
import type { UsageEvent } from "./clean.js";

/** Numbers of baton.state.v1.ModelState. */
export const modelStates = { AVAILABLE: 1, LIMITED: 2, RETRY: 3, ERROR: 4, UNTESTED: 5 } as const;

/** A baton.state.v1.ModelHealth by its JSON names. */
export interface ModelHealth {
  provider: string;
  model: string;
  state: number;
  /** Milliseconds since 1970. */
  limitResetsAt?: number | undefined;
  remaining?: number | undefined;
  limit?: number | undefined;
  lastStatus: number;
}

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
export function modelHealth(provider: string, model: string, sight: ModelSight, now: number): ModelHealth {
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

/** Whether two healths of one model say the same. */
export function saysTheSame(a: ModelHealth, b: ModelHealth): boolean {
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
