/** Giving the usage lines back (USE-040 … USE-041). Pure. */
import type { UsageEvent } from "./clean.js";
import { identityOf, printLine } from "./line.js";
import { type StoredRecord, type StoredUsage, usageOf } from "./stored.js";

/** Every recorded event once, in the order of recording: stamp, then (origin writer, seq). */
function recordedUsage(records: Iterable<StoredRecord>): StoredUsage[] {
  const usages: StoredUsage[] = [];
  for (const record of records) {
    const usage = usageOf(record);
    if (usage) usages.push(usage);
  }
  usages.sort(compareUsage);
  const seen = new Set<string>();
  return usages.filter((usage) => {
    const key = `${usage.ordinal}\n${identityOf(usage.event)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The lines of the recorded events as upstream writes them, without their newlines. */
export function* exportUsage(records: Iterable<StoredRecord>): Generator<string> {
  for (const { event } of recordedUsage(records)) yield printLine(event);
}

/** The recorded events, for `summarizeUsage`. */
export function eventsOfRecords(records: Iterable<StoredRecord>): UsageEvent[] {
  return recordedUsage(records).map((usage) => usage.event);
}

function compareUsage(a: StoredUsage, b: StoredUsage): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1;
  return a.seq - b.seq;
}
