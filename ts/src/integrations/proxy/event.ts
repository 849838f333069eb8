/** Upstream's functions around an event, on what `usage/` already does (docs/usage.md, sections 2 and 4). */
import { homedir } from "node:os";
import { cleanLine, errorClassOf, type RawLine } from "../../usage/clean.js";
import { type UsageLine, usageLine } from "../../usage/line.js";
import { defaultUsagePath } from "../../usage/path.js";
import { localDay as dayOf, summarizeUsage, type UsageSummary } from "../../usage/summary.js";

/** An event as the proxy hands it over: the keys of a line and `error_type`; others are not looked at. */
export type ProxyEvent = Readonly<Record<string, unknown>>;

/** What a summary is about, as upstream takes it. */
export interface ProxySummaryOptions {
  /** Local days, today included; 7 where it is no number above 0. */
  readonly days?: unknown;
  /** Models that are listed even without a request. */
  readonly models?: readonly unknown[] | null;
  /** Milliseconds since 1970; the clock where it is no finite number. */
  readonly now?: number;
  readonly enabled?: unknown;
  readonly path?: string;
  readonly retentionDays?: unknown;
  readonly lastError?: string;
}

/** The file that the proxy writes unless it is told another one. */
export function defaultUsageDbPath(): string {
  return defaultUsagePath(homedir());
}

/** The local calendar day of an instant, YYYY-MM-DD. */
export function localDay(ts: number = Date.now()): string {
  return dayOf(ts);
}

/** The local midnight `offsetDays` days before the day of `now`, in milliseconds since 1970. */
export function localDayStartTs(now: number = Date.now(), offsetDays = 0): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - offsetDays).getTime();
}

/** The line that an event becomes. What has no time gets that of the clock; the day is that of this process's zone. */
export function sanitizeUsageEvent(event: ProxyEvent = {}): UsageLine {
  const plain = plainValues(event);
  const clean = cleanLine(plain, Date.now());
  clean.day = dayOf(clean.ts);
  clean.errorClass = errorClassOf(clean, plain.error_type);
  return usageLine(clean);
}

/** Sums up events or lines as upstream's `/usage` shows them. `null`, which upstream fails on, does not count. */
export function summarizeUsageEvents(events: Iterable<unknown> = [], options: ProxySummaryOptions = {}): UsageSummary {
  const models = (options.models ?? []).map((model) => String(model || ""));
  return summarizeUsage(cleanEvents(events), {
    days: Number(options.days),
    models,
    now: Number.isFinite(options.now) ? Number(options.now) : Date.now(),
    enabled: Boolean(options.enabled),
    path: options.path || "",
    retentionDays: Number(options.retentionDays),
    lastError: options.lastError || "",
    compareModels: (a, b) => a.localeCompare(b),
  });
}

function* cleanEvents(events: Iterable<unknown>) {
  for (const event of events) {
    if (event !== null) yield cleanLine(plainValues(Object(event)), Date.now());
  }
}

const texts = ["model", "returned_model", "usage_source", "limit_reset_at", "limit_source", "error_type"];
const numbers = [
  "ts",
  "status",
  "latency_ms",
  "total_tokens",
  "prompt_tokens",
  "completion_tokens",
  "cost",
  "retry_after_seconds",
  "limit_reset_at_ts",
  "rate_limit_remaining",
  "rate_limit_limit",
];

/** The event with the texts and numbers that upstream makes of lists and objects, which no line holds (USE-012). */
function plainValues(event: ProxyEvent): RawLine {
  let plain: Record<string, unknown> | undefined;
  for (const name of texts) {
    if (isObject(event[name])) {
      plain ??= { ...event };
      plain[name] = String(event[name]);
    }
  }
  for (const name of numbers) {
    if (isObject(event[name])) {
      plain ??= { ...event };
      plain[name] = Number(event[name]);
    }
  }
  return plain ?? event;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
