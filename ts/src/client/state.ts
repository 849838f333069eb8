/** The folded state as commands read it: from the snapshot and what is new, or from all segments. */
import { createFold, type Fold, foldRecord, holdsAt, winnersOf } from "../fold/fold.js";
import { type State as FoldedState, stateOf } from "../fold/state.js";
import { statusOf } from "../fold/status.js";
import { countUsage, createUsageWindow, usageOf } from "../fold/usage-window.js";
import { recordTable } from "../gen/tables.js";
import type { Home } from "../home/home.js";
import { decodeMessage } from "../record/wire.js";
import { type Folder, readNews, recordsOf, type SeenSegment } from "../segment/folder.js";
import { streamFolder } from "../segment/stream.js";
import { healthOf } from "../segment/verify.js";
import type { Snapshot } from "../snapshot/content.js";
import { readSnapshot } from "../snapshot/file.js";

/** A decoded baton.state.v1.Record: the envelope and one kind, keyed by JSON names. */
export type PlainRecord = Readonly<Record<string, unknown>>;

/** The folded state at the instant of the command. */
export interface State {
  /** The winners that are shown. */
  readonly folded: FoldedState;
  /** What the fold does not tell: empty but from `readAll`. */
  readonly counted: Parameters<typeof statusOf>[1];
  /** What the next command may start from; undefined where the snapshot on disk says the same already. */
  readonly snapshot: Snapshot | undefined;
}

/** Encoded baton.state.v1.Status. */
export function statusBytes({ folded, counted }: State): Uint8Array {
  return statusOf(folded, counted);
}

/**
 * The records of a kind, named as in the Record oneof, that the state shows: those of a workspace, or those of the
 * machine where none is named. In byte order of their keys.
 */
export function shownRecords({ folded }: State, kind: string, workspace?: string): PlainRecord[] {
  return folded.winners
    .filter((winner) => winner.kind.name === kind && winner.workspace === workspace)
    .map((winner) => decodeMessage(recordTable, winner.record.payload));
}

/** The state without usage and health, which only `readAll` counts: from the snapshot where it holds. */
export function readState(home: Home, now: number): State {
  const cached = readSnapshot(home.dir);
  if (cached !== undefined && holdsAt({ fromFuture: cached.counts.fromFuture, latest: cached.latest }, now)) {
    const news = readNews(home.segments, cached.seen);
    if (news !== undefined) return fromCache(home, now, cached, news);
  }
  const { folder, part: fold } = streamFolder(home.segments, () => createFold({ now, copies: true }), foldRecord);
  return stateFrom(home, fold, folder.seen, true);
}

/** The whole state, counted from all segments: usage of the last 24 hours and the health of the folder too. */
export function readAll(home: Home, now: number): State {
  const start = () => ({ fold: createFold({ now, copies: true }), usage: createUsageWindow(now), records: 0 });
  const { folder, part } = streamFolder(home.segments, start, (part, record) => {
    foldRecord(part.fold, record);
    countUsage(part.usage, record);
    part.records++;
  });
  const health = healthOf(folder, part.records);
  return stateFrom(home, part.fold, folder.seen, true, { health, usage: usageOf(part.usage) });
}

function fromCache(home: Home, now: number, cached: Snapshot, news: Folder): State {
  const fold = createFold({ now });
  for (const winner of cached.winners) foldRecord(fold, winner);
  fold.latest = Math.max(fold.latest, cached.latest);
  Object.assign(fold.counts, cached.counts);
  let isNew = false;
  for (const record of recordsOf(news)) {
    foldRecord(fold, record);
    isNew = true;
  }
  return stateFrom(home, fold, news.seen, isNew);
}

function stateFrom(
  home: Home,
  fold: Fold,
  seen: readonly SeenSegment[],
  isNew: boolean,
  counted: State["counted"] = { health: {}, usage: [] },
): State {
  const winners = winnersOf(fold).map((winner) => winner.record);
  return {
    folded: stateOf(fold, home.config()),
    counted,
    snapshot: isNew ? { latest: fold.latest, counts: fold.counts, seen, winners } : undefined,
  };
}
