/** The folded state at an instant: the winners that retention still shows (FLD-040 … FLD-044). */
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
export function stateOf(fold: Fold, config: { readonly retention?: readonly RetentionOverride[] } = {}): State {
  const days = daysByKind(config.retention ?? []);
  const winners = winnersOf(fold).filter((winner) => isShown(winner, fold.now, days));
  return { now: fold.now, winners, counts: { ...fold.counts } };
}

function isShown(winner: Winner, now: number, days: ReadonlyMap<string, number>): boolean {
  const { kind } = winner;
  if (kind.keepLatest || (kind.terminal && !winner.terminal)) return true;
  const shownFor = BigInt(days.get(kind.name) ?? kind.days) * BigInt(dayMs);
  return BigInt(now) <= BigInt(winner.observedAt) + shownFor;
}

function daysByKind(overrides: readonly RetentionOverride[]): Map<string, number> {
  const days = new Map<string, number>();
  for (const { kind, days: shownFor } of overrides)
    if (kind !== undefined && shownFor !== undefined) days.set(kind, shownFor);
  return days;
}
