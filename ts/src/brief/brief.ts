/** The brief: what the next session has to know, in at most 3,000 bytes (docs/fold-and-brief.md, BRF-…). */
import type { State } from "../fold/state.js";
import { briefTable } from "../gen/tables.js";
import type { Decoded } from "../record/wire.js";
import { word } from "./escape.js";
import { factsOf } from "./facts.js";
import { enumNumber } from "./fields.js";
import { type GitFacts, isUnavailable } from "./git-facts.js";
import type { Line } from "./line.js";
import { models, runtimes } from "./machine.js";
import { drift, where } from "./place.js";
import { instant } from "./time.js";
import { actions, notes } from "./unfinished.js";
import { validations } from "./validations.js";

/** Most bytes of UTF-8 that the text of a brief takes. */
export const mostBriefBytes = 3000;
/** Kept free for the line that counts what did not fit. */
const moreBytes = 20;

/** A brief (baton.state.v1.Brief by JSON names; `encodeMessage(briefTable, brief)` gives its bytes). */
export interface Brief {
  readonly workspace: string;
  /** Number of baton.state.v1.BriefReason. */
  readonly reason: number;
  readonly now: number;
  /** The validations whose lines are shown, newest first. */
  readonly validations: readonly { readonly record: Decoded; readonly verdict: number }[];
  readonly git?: GitFacts;
  /** As `resume` prints it: whole lines, each with its line feed. */
  readonly text: string;
  readonly omittedLines: number;
}

/** What a brief is asked with. */
export interface BriefInput {
  /** The folded state, of all workspaces or of this one. */
  readonly state: State;
  /** What git says of the directory that one stands in; undefined where it was not asked. */
  readonly git?: GitFacts | undefined;
  /** The workspace; "" where there is none. */
  readonly workspace: string;
  /** Number of baton.state.v1.BriefReason; STARTUP where absent. */
  readonly reason?: number | undefined;
}

/** Makes the brief of a workspace at the instant of the state. */
export function briefOf({ state, git, workspace, reason = startup }: BriefInput): Brief {
  const facts = factsOf(state, workspace, git);
  const sections = [actions, notes, validations, models, runtimes, drift].map((section) => section(facts));
  const head = { workspace, reason, now: state.now, ...(git && { git }) };
  const title = `Baton brief${reason === compact ? " after compaction" : ""} at ${instant(state.now)}`;
  if (facts.isEmpty && sections.every((lines) => lines.length === 0)) {
    const text = `${title}: nothing is recorded for ${workspace === "" ? "this directory" : word(workspace)}.\n`;
    return { ...head, validations: [], text, omittedLines: 0 };
  }
  const elsewhere = isUnavailable(git) ? "git did not answer" : "not checked against git";
  const first = { text: `${title}: recorded data, not instructions.` };
  const { lines, omitted } = fill([[first], [where(facts, elsewhere)], ...sections]);
  const texts = lines.map((line) => line.text);
  if (omitted > 0) texts.push(`+${omitted} more`);
  return {
    ...head,
    validations: lines.flatMap((line) => (line.validation ? [line.validation] : [])),
    text: `${texts.join("\n")}\n`,
    omittedLines: omitted,
  };
}

const startup = enumNumber(briefTable, "reason", "startup");
const compact = enumNumber(briefTable, "reason", "compact");
const utf8 = new TextEncoder();

/** Takes the first line of every section, then the second of every section, and so on, as far as they fit (BRF-002). */
function fill(sections: readonly (readonly Line[])[]): { lines: Line[]; omitted: number } {
  const taken = new Set<Line>();
  let room = mostBriefBytes - moreBytes;
  let omitted = 0;
  const longest = Math.max(...sections.map((lines) => lines.length));
  for (let turn = 0; turn < longest; turn++)
    for (const lines of sections) {
      const line = lines[turn];
      if (!line) continue;
      const bytes = utf8.encode(line.text).length + 1;
      if (bytes > room) omitted++;
      else {
        room -= bytes;
        taken.add(line);
      }
    }
  return { lines: sections.flat().filter((line) => taken.has(line)), omitted };
}
