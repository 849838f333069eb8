/** Importing a usage.jsonl into the records: once or ten times, the same (USE-020 … USE-026). */
import { lockImport } from "./lock.js";
import { type FileProgress, type ImportRecord, type ImportReport, planImport } from "./plan.js";
import type { StoredRecord } from "./stored.js";

export type { ImportRecord, ImportReport, RefusedLine } from "./plan.js";

/** What an import works with. */
export interface ImportOptions {
  /** Folder of the locks, `<state>/locks`. */
  readonly locks: string;
  /** Gives the file, or the next part of it; called once the lock is held. */
  readonly readFile: () => Uint8Array;
  /** Gives the records that count; called after `readFile`, so that what a drop-in writes in between is known. */
  readonly readRecords: () => Iterable<StoredRecord>;
  /** Writes records in this order and returns once they are written. */
  readonly record: (records: readonly ImportRecord[]) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Provider that the models belong to, such as opencode-zen. */
  readonly provider: string;
  /** Days that usage events are kept; those of the schema where absent. */
  readonly retentionDays?: number;
  /** Where `readFile` gives parts of one file: what was seen of it. */
  readonly progress?: FileProgress;
}

/**
 * Adds what the file has and the records lack. Throws USAGE_BUSY when another import runs, and what the callbacks
 * throw; records that were written by then stay, and the next import goes on behind them.
 */
export function importUsage(options: ImportOptions): ImportReport {
  const lock = lockImport(options.locks);
  try {
    const bytes = options.readFile();
    const { records, report } = planImport({ ...options, bytes, records: options.readRecords() });
    for (let start = 0; start < records.length; start += batchSize) {
      lock.touch();
      options.record(records.slice(start, start + batchSize));
    }
    return report;
  } finally {
    lock.release();
  }
}

/** Records between two looks at the lock: well under a second of writing. */
const batchSize = 1024;
