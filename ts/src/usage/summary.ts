/**
 * The usage summary with the keys, order and numbers of upstream's summarizeUsageEvents (USE-030 … USE-035).
 * `rust/state/src/usage/summary.rs` gives the same bytes. Local days are those of the process's time zone.
 */
import { compareText } from "../record/order.js";
import { dayMs } from "../record/stamp.js";
import { cleanLine, type RawLine, type UsageEvent } from "./clean.js";

/** Sums over requests, in the order in which upstream prints them. */
export interface UsageTotals {
  requests: number;
  ok: number;
  fail: number;
  total_tokens: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** Requests whose tokens the provider reported. */
  usage_reported: number;
  /** Requests whose tokens the proxy estimated. */
  usage_estimated: number;
  /** Rounded to 6 places. */
  cost: number;
  rate_limited: number;
  /** Rounded to whole milliseconds. */
  latency_ms_avg: number;
  latency_ms_max: number;
  /** RFC 3339 in UTC, or "". */
  last_seen_at: string;
}

/** Sums of one model. */
export interface ModelTotals extends UsageTotals {
  model: string;
}

/** Sums of one local day, with its models. */
export interface DayTotals extends UsageTotals {
  /** YYYY-MM-DD. */
  day: string;
  by_model: ModelTotals[];
}

/** What upstream's `/usage` answers under `usage`. JSON.stringify prints the keys in upstream's order. */
export interface UsageSummary {
  version: 1;
  enabled: boolean;
  path: string;
  retention_days: number;
  read_window_days: number;
  generated_at: string;
  today: string;
  totals: UsageTotals;
  by_day: DayTotals[];
  by_model_today: ModelTotals[];
  by_model_24h: ModelTotals[];
  last_error: string;
}

/** What a summary is about. */
export interface SummaryOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Local days, today included; 7 where absent or not above 0. */
  readonly days?: number;
  /** Models that are listed even without a request. */
  readonly models?: readonly string[];
  readonly enabled?: boolean;
  readonly path?: string;
  readonly retentionDays?: number;
  readonly lastError?: string;
  /** Order of models with equal requests; that of the bytes where absent (USE-034). */
  readonly compareModels?: (a: string, b: string) => number;
}

/** Events of a whole usage.jsonl text, read as leniently as upstream reads it (USE-036). */
export function* eventsOfText(text: string, now: number): Generator<UsageEvent> {
  for (const value of valuesOfText(text)) {
    if (value !== null) yield cleanLine(typeof value === "object" ? (value as RawLine) : {}, now);
  }
}

/** The JSON values of the lines of a text; lines that are no JSON do not count. */
export function* valuesOfText(text: string): Generator<unknown> {
  for (const line of text.split("\n")) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    yield value;
  }
}

/** Sums up events in their order. */
export function summarizeUsage(events: Iterable<UsageEvent>, options: SummaryOptions): UsageSummary {
  const { now, compareModels = compareText } = options;
  const days = positiveInteger(options.days, 7);
  const dayNames = localDays(days, now);
  const today = localDay(now);
  const known = new Set((options.models ?? []).map((model) => model.trim()).filter((model) => model !== ""));

  const totals = emptySum();
  const byDay = new Map(dayNames.map((day) => [day, { sum: emptySum(), models: new Map<string, Sum>() }]));
  const modelsToday = new Map([...known].map((model) => [model, emptySum()]));
  const models24h = new Map([...known].map((model) => [model, emptySum()]));
  for (const event of events) {
    const day = localDay(event.ts);
    const bucket = byDay.get(day);
    if (bucket) {
      add(totals, event);
      add(bucket.sum, event);
      add(sumOf(bucket.models, event), event);
    }
    if (day === today) add(sumOf(modelsToday, event), event);
    if (event.ts >= now - dayMs && event.ts <= now + 60_000) add(sumOf(models24h, event), event);
  }

  return {
    version: 1,
    enabled: options.enabled ?? false,
    path: options.enabled ? (options.path ?? "") : "",
    retention_days: positiveInteger(options.retentionDays, 30),
    read_window_days: days,
    generated_at: new Date(now).toISOString(),
    today,
    totals: totalsOf(totals),
    by_day: dayNames.map((day) => {
      const bucket = byDay.get(day);
      return {
        day,
        ...totalsOf(bucket?.sum ?? emptySum()),
        by_model: modelTotals(bucket?.models ?? new Map(), compareModels),
      };
    }),
    by_model_today: modelTotals(modelsToday, compareModels),
    by_model_24h: modelTotals(models24h, compareModels),
    last_error: options.lastError ?? "",
  };
}

/** The local calendar day of an instant, YYYY-MM-DD, in the process's time zone. */
export function localDay(ts: number): string {
  const date = new Date(ts);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

interface Sum {
  requests: number;
  ok: number;
  totalTokens: number;
  promptTokens: number;
  completionTokens: number;
  reported: number;
  estimated: number;
  cost: number;
  rateLimited: number;
  latency: number;
  latencyMax: number;
  lastSeen: number;
}

function emptySum(): Sum {
  return {
    requests: 0,
    ok: 0,
    totalTokens: 0,
    promptTokens: 0,
    completionTokens: 0,
    reported: 0,
    estimated: 0,
    cost: 0,
    rateLimited: 0,
    latency: 0,
    latencyMax: 0,
    lastSeen: 0,
  };
}

function add(sum: Sum, event: UsageEvent): void {
  sum.requests += 1;
  if (event.ok) sum.ok += 1;
  sum.totalTokens += event.totalTokens;
  sum.promptTokens += event.promptTokens;
  sum.completionTokens += event.completionTokens;
  if (event.usageReported) sum.reported += 1;
  if (event.usageEstimated) sum.estimated += 1;
  sum.cost += event.cost ?? 0;
  if (event.rateLimited) sum.rateLimited += 1;
  sum.latency += event.latencyMs;
  sum.latencyMax = Math.max(sum.latencyMax, event.latencyMs);
  sum.lastSeen = Math.max(sum.lastSeen, event.ts);
}

function sumOf(models: Map<string, Sum>, event: UsageEvent): Sum {
  const model = event.model ?? "unknown";
  let sum = models.get(model);
  if (!sum) {
    sum = emptySum();
    models.set(model, sum);
  }
  return sum;
}

function totalsOf(sum: Sum): UsageTotals {
  return {
    requests: sum.requests,
    ok: sum.ok,
    fail: sum.requests - sum.ok,
    total_tokens: sum.totalTokens,
    prompt_tokens: sum.promptTokens,
    completion_tokens: sum.completionTokens,
    usage_reported: sum.reported,
    usage_estimated: sum.estimated,
    cost: Math.round(sum.cost * 1e6) / 1e6,
    rate_limited: sum.rateLimited,
    latency_ms_avg: sum.requests > 0 ? Math.round(sum.latency / sum.requests) : 0,
    latency_ms_max: sum.latencyMax,
    last_seen_at: sum.lastSeen > 0 ? new Date(sum.lastSeen).toISOString() : "",
  };
}

function modelTotals(models: Map<string, Sum>, compare: (a: string, b: string) => number): ModelTotals[] {
  return [...models]
    .map(([model, sum]) => ({ ...totalsOf(sum), model }))
    .sort((a, b) => b.requests - a.requests || compare(a.model, b.model));
}

/** The last local days, today first. */
function localDays(days: number, now: number): string[] {
  const date = new Date(now);
  return Array.from({ length: days }, (_, ago) =>
    localDay(new Date(date.getFullYear(), date.getMonth(), date.getDate() - ago).getTime()),
  );
}

/** The whole number that an option counts as, as upstream reads its options: what is not above 0 is the other one. */
export function positiveInteger(value: unknown, otherwise: number): number {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? Math.floor(number) : otherwise;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
