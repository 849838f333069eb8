/** Lines of usage.jsonl: text to event, and back byte for byte. Pure. docs/usage.md is normative. */
import { errors, usageEventTable } from "../gen/tables.js";
import { judge } from "../guard/judge.js";
import type { TextPolicy } from "../record/schema.js";
import { cleanLine, cleanText, errorClassOf, type RawLine, type UsageEvent } from "./clean.js";

export type { UsageEvent } from "./clean.js";

/** Why a line is refused (USE-004); it never holds the value. */
export interface Refusal {
  readonly code: typeof errors.USAGE_LINE.id;
  /** Path of the field, such as "usage_event.model"; absent where the line as a whole is refused. */
  readonly field?: string;
  /** `utf8`, `json`, `object`, `time`, `range`, or the guard's rule. */
  readonly rule: string;
}

/** A line as it is understood. */
export type ParsedLine =
  | { readonly verdict: "exact" | "normalised"; readonly event: UsageEvent }
  | { readonly verdict: "refused"; readonly refusal: Refusal };

/**
 * Understands one line, without its newline (USE-002 … USE-004). `exact`: `printLine` gives the same text back;
 * `normalised`: it holds more keys, or values in another spelling, and counts by what is known of it.
 */
export function parseLine(text: string): ParsedLine {
  let line: RawLine;
  try {
    line = JSON.parse(text);
  } catch {
    return refuse("json");
  }
  if (typeof line !== "object" || line === null || Array.isArray(line)) return refuse("object");
  const event = cleanLine(line);
  if (event === undefined || Math.abs(event.ts) > maxTime) return refuse("time", "ts");
  event.day = typeof line.day === "string" ? cleanText(line.day, 64) : undefined;
  event.errorClass =
    typeof line.error_class === "string" ? cleanText(line.error_class, 64) : errorClassOf(event, line.error_type);
  for (const [name, field, most] of integers) if (event[field] > most) return refuse("range", name);
  for (const [name, field, policy] of texts) {
    const value = event[field];
    const rule = value === undefined ? undefined : ruleAgainst(name, policy, value);
    if (rule !== undefined) return refuse(rule, name);
  }
  return { verdict: printLine(event) === text ? "exact" : "normalised", event };
}

/** A line as an object: the keys in upstream's order (USE-001), absent texts "" and absent numbers null. */
export interface UsageLine {
  v: number;
  ts: number;
  day: string;
  model: string;
  returned_model: string;
  status: number;
  ok: boolean;
  latency_ms: number;
  total_tokens: number;
  prompt_tokens: number;
  completion_tokens: number;
  usage_reported: boolean;
  usage_estimated: boolean;
  usage_source: string;
  cost: number | null;
  rate_limited: boolean;
  retry_after_seconds: number | null;
  limit_reset_at: string;
  limit_reset_at_ts: number | null;
  limit_source: string;
  rate_limit_remaining: number | null;
  rate_limit_limit: number | null;
  error_class: string;
}

/** The event as the object that its line is printed from. */
export function usageLine(event: UsageEvent): UsageLine {
  return {
    v: event.v,
    ts: event.ts,
    day: event.day ?? "",
    model: event.model ?? "",
    returned_model: event.returnedModel ?? "",
    status: event.status,
    ok: event.ok,
    latency_ms: event.latencyMs,
    total_tokens: event.totalTokens,
    prompt_tokens: event.promptTokens,
    completion_tokens: event.completionTokens,
    usage_reported: event.usageReported,
    usage_estimated: event.usageEstimated,
    usage_source: event.usageSource ?? "",
    cost: event.cost ?? null,
    rate_limited: event.rateLimited,
    retry_after_seconds: event.retryAfterSeconds ?? null,
    limit_reset_at: event.limitResetAt ?? "",
    limit_reset_at_ts: event.limitResetAtTs ?? null,
    limit_source: event.limitSource ?? "",
    rate_limit_remaining: event.rateLimitRemaining ?? null,
    rate_limit_limit: event.rateLimitLimit ?? null,
    error_class: event.errorClass ?? "",
  };
}

/** Prints an event as upstream writes its line, without the newline (USE-001). */
export function printLine(event: UsageEvent): string {
  return JSON.stringify(usageLine(event));
}

/** What makes two events the same (USE-020): every field but `day` and `errorClass`, which upstream's prune rewrites. */
export function identityOf(event: UsageEvent): string {
  return [
    event.v,
    event.ts,
    event.model,
    event.returnedModel,
    event.status,
    event.ok,
    event.latencyMs,
    event.totalTokens,
    event.promptTokens,
    event.completionTokens,
    event.usageReported,
    event.usageEstimated,
    event.usageSource,
    event.cost,
    event.rateLimited,
    event.retryAfterSeconds,
    event.limitResetAt,
    event.limitResetAtTs,
    event.limitSource,
    event.rateLimitRemaining,
    event.rateLimitLimit,
  ].join("\n");
}

/** The furthest time from 1970 that a calendar has, in milliseconds (ECMAScript, time values). */
const maxTime = 8.64e15;

const integers = [
  ["status", "status", 2 ** 32 - 1],
  ["latency_ms", "latencyMs", Number.MAX_SAFE_INTEGER],
  ["total_tokens", "totalTokens", Number.MAX_SAFE_INTEGER],
  ["prompt_tokens", "promptTokens", Number.MAX_SAFE_INTEGER],
  ["completion_tokens", "completionTokens", Number.MAX_SAFE_INTEGER],
] as const;

type TextField = "day" | "model" | "returnedModel" | "usageSource" | "limitResetAt" | "limitSource" | "errorClass";

const texts: readonly (readonly [string, TextField, TextPolicy])[] = usageEventTable.fields.flatMap((field) =>
  field.text === undefined ? [] : [[field.name, field.jsonName as TextField, field.text] as const],
);

const utf8 = new TextEncoder();

// Models, sources and days repeat from line to line, so most verdicts are known; the bound keeps hostile files cheap.
const verdicts = new Map<string, string | undefined>();
const mostVerdicts = 4096;

/** The first rule that refuses the text, undefined where it may be stored. */
function ruleAgainst(name: string, policy: TextPolicy, text: string): string | undefined {
  const key = `${name}\n${text}`;
  if (verdicts.has(key)) return verdicts.get(key);
  const judgement = judge(policy, utf8.encode(text));
  const rule = judgement.action === "allow" ? undefined : (judgement.findings[0]?.rule ?? "input");
  if (verdicts.size >= mostVerdicts) verdicts.clear();
  verdicts.set(key, rule);
  return rule;
}

function refuse(rule: string, field?: string): ParsedLine {
  const refusal = { code: errors.USAGE_LINE.id, rule };
  return { verdict: "refused", refusal: field === undefined ? refusal : { ...refusal, field: `usage_event.${field}` } };
}
