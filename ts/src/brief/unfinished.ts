/** What is not finished: actions and notes (BRF-011, BRF-012). */
import { handoffNoteTable, nextActionTable } from "../gen/tables.js";
import { quoted, word } from "./escape.js";
import type { Facts } from "./facts.js";
import { enumOf, integerOf, textOf } from "./fields.js";
import type { Line } from "./line.js";
import { ago, minutesUntil } from "./time.js";

/** Actions that are open or claimed; done and dropped ones are not shown. */
export function actions(facts: Facts): Line[] {
  return facts.of("next_action").flatMap(({ value, at }) => {
    const state = enumOf(nextActionTable, value, "state");
    if (state === "done" || state === "dropped") return [];
    const parts = [`${word(textOf(value, "id") ?? "?")} ${quoted(textOf(value, "text") ?? "")}`];
    let label = "open";
    const until = integerOf(value, "leaseUntil");
    const holder = word(textOf(value, "claimer") ?? "somebody");
    if (state === undefined) label = "newer";
    else if (state === "claimed" && until !== undefined && until <= facts.now)
      parts.push(`lease of ${holder} ended ${ago(until, facts.now)}`);
    else if (state === "claimed") {
      label = "claimed";
      parts.push(until === undefined ? `by ${holder}` : `by ${holder}, lease ${minutesUntil(until, facts.now)} left`);
    }
    parts.push(ago(at, facts.now));
    return [{ text: `${label}: ${parts.join(", ")}` }];
  });
}

/** Notes: blockers, then the others. */
export function notes(facts: Facts): Line[] {
  const lines = facts.of("handoff_note").map(({ value, at }) => {
    const label = enumOf(handoffNoteTable, value, "category") || "note";
    return { label, text: `${label}: ${quoted(textOf(value, "text") ?? "")}, ${ago(at, facts.now)}` };
  });
  const isBlocker = (line: { label: string }): boolean => line.label === "blocker";
  return [...lines.filter(isBlocker), ...lines.filter((line) => !isBlocker(line))].map(({ text }) => ({ text }));
}
