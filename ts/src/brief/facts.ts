/** The winners that a brief of one workspace is made from, decoded, newest first. */
import type { Winner } from "../fold/fold.js";
import type { State } from "../fold/state.js";
import { recordTable } from "../gen/tables.js";
import { type Decoded, decodeMessage } from "../record/wire.js";
import { bounded } from "./fields.js";
import { factsAbout, type GitFacts } from "./git-facts.js";

/** One winner, decoded. */
export interface Fact {
  /** The whole record. */
  readonly record: Decoded;
  /** The message of its kind. */
  readonly value: Decoded;
  /** When it was true: milliseconds since 1970. */
  readonly at: number;
}

/** What a brief is made from. */
export interface Facts {
  readonly now: number;
  readonly workspace: string;
  /** What git says of this workspace; undefined where it says nothing. */
  readonly here: GitFacts | undefined;
  /** Winners of a kind, by its name in the Record oneof; newest first, by stamp, then in byte order of the keys. */
  of(kind: string): readonly Fact[];
  /** Whether nothing at all is recorded for the workspace. */
  readonly isEmpty: boolean;
}

/** Picks what concerns the workspace and the machine out of a state. */
export function factsOf(state: State, workspace: string, git: GitFacts | undefined): Facts {
  const byKind = new Map<string, Fact[]>();
  const relevant = state.winners.filter((winner) => winner.workspace === undefined || winner.workspace === workspace);
  for (const winner of relevant.sort(newestFirst)) {
    const fact = factOf(winner);
    const present = byKind.get(winner.kind.name);
    if (present) present.push(fact);
    else byKind.set(winner.kind.name, [fact]);
  }
  return {
    now: state.now,
    workspace,
    here: factsAbout(workspace, git),
    of: (kind) => byKind.get(kind) ?? [],
    isEmpty: relevant.every((winner) => winner.workspace === undefined),
  };
}

function newestFirst(a: Winner, b: Winner): number {
  if (a.stamp !== b.stamp) return a.stamp > b.stamp ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

function factOf(winner: Winner): Fact {
  const record = decodeMessage(recordTable, winner.record.payload);
  const value = record[winner.kind.jsonName];
  const message = typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array) ? value : {};
  return { record, value: message, at: bounded(winner.observedAt) };
}
