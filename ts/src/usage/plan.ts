/** What importing a usage file adds to the records that are there (USE-021 … USE-026). Pure. */
import { errors } from "../gen/tables.js";
import { dayMs } from "../record/stamp.js";
import type { UsageEvent } from "./clean.js";
import { healthNews, type ModelSight, sightEvent } from "./health.js";
import { identityOf, parseLine, type Refusal } from "./line.js";
import { completeLines, endOfLines, isBlank } from "./lines.js";
import {
  healthKind,
  healthOf,
  type ModelHealth,
  type StoredHealth,
  type StoredRecord,
  usageKind,
  usageOf,
} from "./stored.js";

/** A record to be written, by the JSON names of baton.state.v1.Record; the recorder stamps it. */
export type ImportRecord =
  | { readonly observedAt: number; readonly usageEvent: UsageEvent & { ordinal: number } }
  | { readonly observedAt: number; readonly modelHealth: ModelHealth };

/** A refused line. */
export interface RefusedLine extends Refusal {
  /** Line number in the file, from 1. */
  readonly line: number;
}

/** What became of the lines. lines = exact + normalised + refused; exact + normalised = added + known + expired. */
export interface ImportReport {
  /** Complete lines that are not blank. */
  lines: number;
  exact: number;
  normalised: number;
  refused: RefusedLine[];
  added: number;
  /** Events that are recorded already. */
  known: number;
  /** Events past retention. */
  expired: number;
  /** 1 when the last line has no newline yet, else 0. */
  pending: number;
  /** Models whose health is recorded anew. */
  healths: number;
}

/** What of one file has been seen, carried from one part of it to the next. */
export interface FileProgress {
  /** Newlines passed. */
  lines: number;
  /** How often each identity stood in the file. */
  readonly twins: Map<string, number>;
}

/** What an import is about. */
export interface PlanOptions {
  /** The file, or the next part of it. */
  readonly bytes: Uint8Array;
  /** All records that count, in any order. */
  readonly records: Iterable<StoredRecord>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Provider that the models belong to. */
  readonly provider: string;
  /** Days that usage events are kept; those of the schema where absent. */
  readonly retentionDays?: number;
  /** Moved on by the plan; a new file where absent. */
  readonly progress?: FileProgress;
}

/** The progress of a file of which nothing was seen yet. */
export function newProgress(): FileProgress {
  return { lines: 0, twins: new Map() };
}

/** Compares the lines with the records and gives what is missing, in the order of the lines, and what became of them. */
export function planImport(options: PlanOptions): { records: ImportRecord[]; report: ImportReport } {
  const { now, provider, progress = newProgress() } = options;
  const oldest = now - (options.retentionDays ?? usageKind.days) * dayMs;
  const { known, events, healths } = readStored(options.records, oldest, provider);
  const records: ImportRecord[] = [];
  const report: ImportReport = {
    lines: 0,
    exact: 0,
    normalised: 0,
    refused: [],
    added: 0,
    known: 0,
    expired: 0,
    pending: endOfLines(options.bytes) < options.bytes.length ? 1 : 0,
    healths: 0,
  };

  for (const text of completeLines(options.bytes)) {
    progress.lines++;
    if (text !== undefined && isBlank(text)) continue;
    report.lines++;
    const parsed = text === undefined ? notUtf8 : parseLine(text);
    if (parsed.verdict === "refused") {
      report.refused.push({ line: progress.lines, ...parsed.refusal });
      continue;
    }
    report[parsed.verdict]++;
    const { event } = parsed;
    if (event.ts < oldest) {
      report.expired++;
      continue;
    }
    const identity = identityOf(event);
    const ordinal = progress.twins.get(identity) ?? 0;
    progress.twins.set(identity, ordinal + 1);
    if (known.has(`${ordinal}\n${identity}`)) report.known++;
    else {
      report.added++;
      records.push({ observedAt: Math.floor(event.ts), usageEvent: { ...event, ordinal } });
    }
    events.push(event);
  }

  for (const record of healthChanges(events, healths, provider, now)) {
    report.healths++;
    records.push(record);
  }
  return { records, report };
}

const notUtf8 = { verdict: "refused", refusal: { code: errors.USAGE_LINE.id, rule: "utf8" } } as const;

/** The events that are recorded and not past retention, their identities with ordinals, and all healths of a provider. */
function readStored(
  stored: Iterable<StoredRecord>,
  oldest: number,
  provider: string,
): { known: Set<string>; events: UsageEvent[]; healths: StoredHealth[] } {
  const known = new Set<string>();
  const events: UsageEvent[] = [];
  const healths: StoredHealth[] = [];
  for (const record of stored) {
    if (record.kind === usageKind.number) {
      const usage = usageOf(record);
      if (usage === undefined || usage.event.ts < oldest) continue;
      known.add(`${usage.ordinal}\n${identityOf(usage.event)}`);
      events.push(usage.event);
    } else if (record.kind === healthKind.number) {
      const health = healthOf(record);
      if (health?.health.provider === provider) healths.push(health);
    }
  }
  return { known, events, healths };
}

function isNewer(health: StoredHealth, than: StoredHealth): boolean {
  return health.observedAt === than.observedAt ? health.stamp > than.stamp : health.observedAt > than.observedAt;
}

/** Healths that are news (USE-053). What is from over a day ahead counts on neither side. */
function* healthChanges(
  events: readonly UsageEvent[],
  healths: readonly StoredHealth[],
  provider: string,
  now: number,
): Generator<ImportRecord> {
  const sights = new Map<string, ModelSight>();
  for (const event of events) if (event.ts <= now + dayMs) sightEvent(sights, event);
  const latest = new Map<string, StoredHealth>();
  for (const health of healths) {
    const present = latest.get(health.health.model);
    if (health.observedAt <= now + dayMs && (present === undefined || isNewer(health, present)))
      latest.set(health.health.model, health);
  }
  for (const [model, sight] of sights) {
    const news = healthNews({ provider, model, sight, now, present: latest.get(model) });
    if (news) yield { observedAt: news.observedAt, modelHealth: news.health };
  }
}
