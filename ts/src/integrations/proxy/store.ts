/** The store that the proxy records its requests in: upstream's, member by member, with a recorder beside the file. */
import { existsSync, promises } from "node:fs";
import { dirname } from "node:path";
import type { UsageLine } from "../../usage/line.js";
import { isOff } from "../../usage/path.js";
import { positiveInteger, type UsageSummary, valuesOfText } from "../../usage/summary.js";
import {
  defaultUsageDbPath,
  localDayStartTs,
  type ProxyEvent,
  type ProxySummaryOptions,
  sanitizeUsageEvent,
  summarizeUsageEvents,
} from "./event.js";
import { readTail, replaceFile } from "./file.js";
import { type LineRecorder, recorderOf } from "./recorder.js";

/** Local days that lines are kept. */
export const DEFAULT_USAGE_RETENTION_DAYS = 30;

/** What a store is made of; a number that is not above 0 is the default. */
export interface UsageStoreOptions {
  /** The file; the default one where empty, none for "off", "false" and "0". */
  readonly path?: string | undefined;
  readonly enabled?: boolean | undefined;
  /** Local days, today included; 30. */
  readonly retentionDays?: unknown;
  /** Most bytes of the file's end that are read; 5 MiB. */
  readonly maxReadBytes?: unknown;
  /** Milliseconds between two prunes; one hour. */
  readonly pruneIntervalMs?: unknown;
}

/** A usage.jsonl with what waits for it. No function throws on what the disk or the recorder does. */
export class UsageStore {
  enabled: boolean;
  path: string;
  retentionDays: number;
  maxReadBytes: number;
  pruneIntervalMs: number;
  /** Milliseconds since 1970. */
  lastPruneTs = 0;
  /** Message of the last failure, "" after a success. */
  lastError = "";
  /** Settles when all lines so far are written or have failed; never rejects. */
  writeQueue: Promise<void> = Promise.resolve();
  /** Lines that are not in the file yet. */
  pendingEvents: UsageLine[] = [];
  readonly #recorder: LineRecorder | undefined;

  /** Does no I/O. */
  constructor(options: UsageStoreOptions = {}) {
    const configured = options.path || defaultUsageDbPath();
    this.enabled = options.enabled !== false && !isOff(configured);
    this.path = this.enabled ? configured : "";
    this.retentionDays = positiveInteger(options.retentionDays, DEFAULT_USAGE_RETENTION_DAYS);
    this.maxReadBytes = positiveInteger(options.maxReadBytes, 5 * 1024 * 1024);
    this.pruneIntervalMs = positiveInteger(options.pruneIntervalMs, 60 * 60 * 1000);
    this.#recorder = this.enabled ? recorderOf(this.path) : undefined;
  }

  /** Queues an event and gives whether it was taken: not where the store is off, or the event cannot be read. */
  record(event: ProxyEvent = {}): boolean {
    if (!this.enabled) return false;
    let safeEvent: UsageLine;
    try {
      safeEvent = sanitizeUsageEvent(event);
    } catch (error) {
      this.lastError = messageOf(error);
      return false;
    }
    this.pendingEvents.push(safeEvent);
    this.writeQueue = this.writeQueue.then(() => this.#write(safeEvent));
    return true;
  }

  /** Waits for the lines that are queued now. Gives whether the queue is sound; lines that failed are `lastError`. */
  async flush(): Promise<boolean> {
    try {
      await this.writeQueue;
      return true;
    } catch (error) {
      this.lastError = messageOf(error);
      return false;
    }
  }

  /** The summary of what the file and the queue hold. */
  summary(options: ProxySummaryOptions = {}): UsageSummary {
    const events = this.enabled ? [...this.readEvents(), ...this.pendingEvents] : [];
    return summarizeUsageEvents(events, {
      days: options.days,
      models: options.models ?? [],
      ...(options.now === undefined ? {} : { now: options.now }),
      enabled: this.enabled,
      path: this.path,
      retentionDays: this.retentionDays,
      lastError: this.lastError,
    });
  }

  /** The values of the file's last lines, up to `maxReadBytes`, as JSON has them; none where it cannot be read. */
  readEvents(): unknown[] {
    if (!this.enabled || !existsSync(this.path)) return [];
    try {
      const text = readTail(this.path, this.maxReadBytes);
      this.lastError = "";
      return [...valuesOfText(text)];
    } catch (error) {
      this.lastError = messageOf(error);
      return [];
    }
  }

  /** Prunes where the last time is an interval ago. Gives whether the file was written anew. */
  pruneIfNeeded(now: number = Date.now()): boolean {
    if (!this.enabled || this.retentionDays <= 0) return false;
    if (now - this.lastPruneTs < this.pruneIntervalMs) return false;
    this.lastPruneTs = now;
    return this.pruneOldEvents(now);
  }

  /** Writes the file anew, with the lines that are read and not past the retention. Gives whether it was written. */
  pruneOldEvents(now: number = Date.now()): boolean {
    if (!this.enabled || !existsSync(this.path)) return false;
    const oldest = localDayStartTs(now, this.retentionDays - 1);
    try {
      const kept = this.readEvents()
        .filter((event) => event !== null)
        .map((event) => sanitizeUsageEvent(Object(event)))
        .filter((event) => event.ts >= oldest);
      replaceFile(this.path, kept.map((event) => `${JSON.stringify(event)}\n`).join(""));
      this.lastError = "";
      return true;
    } catch (error) {
      this.lastError = messageOf(error);
      return false;
    }
  }

  /** The record first, then the line, so that an import which sees the line knows the record (USE-062). */
  async #write(event: UsageLine): Promise<void> {
    const text = JSON.stringify(event);
    if (this.#recorder) await this.#recorder.beforeLine(text);
    try {
      await promises.mkdir(dirname(this.path), { recursive: true });
      await promises.appendFile(this.path, `${text}\n`, "utf8");
      this.#recorder?.afterLine(text);
      this.#forget(event);
      this.pruneIfNeeded(event.ts);
      this.lastError = "";
    } catch (error) {
      this.#forget(event);
      this.lastError = messageOf(error);
    }
  }

  #forget(event: UsageLine): void {
    const at = this.pendingEvents.indexOf(event);
    if (at >= 0) this.pendingEvents.splice(at, 1);
  }
}

function messageOf(error: unknown): string {
  return (error as { message?: string } | null | undefined)?.message || String(error);
}
