/**
 * The reading half of upstream's sanitizeUsageEvent (USE-010 … USE-012): what a line counts as, whatever stands in it.
 * `rust/state/src/usage/clean.rs` reads the same way.
 */

/** One request, by the JSON names of baton.state.v1.UsageEvent. Absent texts are "" and absent numbers null in a line. */
export interface UsageEvent {
  v: number;
  /** Milliseconds since 1970. */
  ts: number;
  day?: string | undefined;
  model?: string | undefined;
  returnedModel?: string | undefined;
  status: number;
  ok: boolean;
  latencyMs: number;
  totalTokens: number;
  promptTokens: number;
  completionTokens: number;
  usageReported: boolean;
  usageEstimated: boolean;
  usageSource?: string | undefined;
  cost?: number | undefined;
  rateLimited: boolean;
  retryAfterSeconds?: number | undefined;
  limitResetAt?: string | undefined;
  limitResetAtTs?: number | undefined;
  limitSource?: string | undefined;
  rateLimitRemaining?: number | undefined;
  rateLimitLimit?: number | undefined;
  errorClass?: string | undefined;
}

/** A line as JSON.parse gives it. */
export type RawLine = Readonly<Record<string, unknown>>;

/**
 * What the line counts as, without `day` and `errorClass`, which no reader trusts. `now` (ms) stands in for a `ts` that
 * is no number; without `now` such a line gives undefined. Integers are whole and not below 0, but may be of any size.
 */
export function cleanLine(line: RawLine, now: number): UsageEvent;
export function cleanLine(line: RawLine): UsageEvent | undefined;
export function cleanLine(line: RawLine, now?: number): UsageEvent | undefined {
  const ts = finite(line.ts) ?? now;
  if (ts === undefined) return undefined;
  const status = count(line.status);
  const retryAfter = numberOrAbsent(line.retry_after_seconds);
  return {
    v: 1,
    ts,
    day: undefined,
    model: cleanText(line.model, 120) ?? "unknown",
    returnedModel: cleanText(line.returned_model, 120),
    status,
    ok: Boolean(line.ok),
    latencyMs: count(line.latency_ms),
    totalTokens: count(line.total_tokens),
    promptTokens: count(line.prompt_tokens),
    completionTokens: count(line.completion_tokens),
    usageReported: Boolean(line.usage_reported),
    usageEstimated: Boolean(line.usage_estimated),
    usageSource: cleanText(line.usage_source, 40),
    cost: numberOrAbsent(line.cost),
    rateLimited: Boolean(line.rate_limited) || status === 429,
    retryAfterSeconds: retryAfter === undefined ? undefined : Math.max(0, retryAfter),
    limitResetAt: cleanText(line.limit_reset_at, 64),
    limitResetAtTs: numberOrAbsent(line.limit_reset_at_ts),
    limitSource: cleanText(line.limit_source, 40),
    rateLimitRemaining: numberOrAbsent(line.rate_limit_remaining),
    rateLimitLimit: numberOrAbsent(line.rate_limit_limit),
    errorClass: undefined,
  };
}

/** The class of a failure (USE-013). `errorType` is raw text of a provider: it is read here and kept nowhere. */
export function errorClassOf(event: UsageEvent, errorType: unknown): string | undefined {
  if (event.ok) return undefined;
  const type = (cleanText(errorType, Number.POSITIVE_INFINITY) ?? "").toLowerCase();
  if (event.rateLimited) return "rate_limit";
  if (type.includes("timeout") || event.status === 408 || event.status === 504) return "timeout";
  if (type.includes("network")) return "network";
  if (event.status >= 500) return "http_5xx";
  if (event.status >= 400) return "http_4xx";
  return "unknown";
}

/** The text that a value counts as: without CR, LF and TAB, at most `units` UTF-16 units; undefined where empty. */
export function cleanText(value: unknown, units: number): string | undefined {
  if (!value || typeof value === "object") return undefined;
  const text = String(value);
  return (/[\r\n\t]/.test(text) ? text.replace(/[\r\n\t]/g, " ") : text).slice(0, units);
}

/** The finite number that a value counts as, as ECMAScript's Number has it; lists and objects count as none. */
function finite(value: unknown): number | undefined {
  if (value === undefined || (typeof value === "object" && value !== null)) return undefined;
  const number = Number(value);
  // Adding 0 turns -0, which JSON prints as 0, into 0.
  return Number.isFinite(number) ? number + 0 : undefined;
}

function numberOrAbsent(value: unknown): number | undefined {
  return value === null || value === "" ? undefined : finite(value);
}

function count(value: unknown): number {
  return Math.max(0, Math.round(finite(value) ?? 0));
}
