/** The folded state at an instant: the winners that retention still shows (FLD-040 … FLD-044). */
import type { KindTable } from "../record/schema.js";
import { dayMs } from "../record/stamp.js";
import { type Fold, type FoldCounts, type Winner, winnersOf } from "./fold.js";

/** Days that a kind is shown, instead of those in the schema (baton.state.v1.RetentionOverride). */
export interface RetentionOverride {
  /** Name of the kind as in the Record oneof, such as usage_event. */
  readonly kind?: string;
  readonly days?: number;
}

/** The folded state: a pure function of the records, the retention and the instant. */
export interface State {
  /** The instant: milliseconds since 1970. */
  readonly now: number;
  /** Winners that are shown, in byte order of their keys. */
  readonly winners: readonly Winner[];
  readonly counts: Readonly<FoldCounts>;
}

/** The state that a fold has come to. Later folding does not change it. */
export function stateOf(fold: Fold, { retention }: { readonly retention?: readonly RetentionOverride[] } = {}): State {
  const winners = winnersOf(fold).filter((winner) => isShown(winner, fold.now, retention));
  return { now: fold.now, winners, counts: { ...fold.counts } };
}

/** Days that a kind is shown: those of the last override that has any, else those of the schema. */
export function retentionDays(kind: KindTable, retention: readonly RetentionOverride[] = []): number {
  const set = retention.findLast((override) => override.kind === kind.name && override.days !== undefined);
  return set?.days ?? kind.days;
}

/** Whether retention shows a winner at an instant (FLD-040). */
export function isShown(winner: Winner, now: number, retention?: readonly RetentionOverride[]): boolean {
  const { kind } = winner;
  if (kind.keepLatest || (kind.terminal && !winner.terminal)) return true;
  return isWithin(kind, winner.observedAt, now, retention);
}

/** Whether what was observed at an instant is not older than the days of its kind. */
export function isWithin(
  kind: KindTable,
  observedAt: number | bigint,
  now: number,
  retention?: readonly RetentionOverride[],
): boolean {
  const shownFor = BigInt(retentionDays(kind, retention)) * BigInt(dayMs);
  return BigInt(now) <= BigInt(observedAt) + shownFor;
}
