/** The lines of a brief, section by section (docs/fold-and-brief.md, BRF-010 … BRF-017). */
import {
  configFactTable,
  handoffNoteTable,
  judgedValidationTable,
  nextActionTable,
  pointerTable,
} from "../gen/tables.js";
import type { Decoded } from "../record/wire.js";
import { code, quoted, word } from "./escape.js";
import type { Fact, Facts } from "./facts.js";
import { enumNumber, enumOf, flagOf, integerOf, textOf } from "./fields.js";
import { modelStateAt } from "./model-state.js";
import { ago, clock, minutesUntil, span } from "./time.js";
import { verdictOf } from "./verdict.js";

/** Most validations that a brief shows. */
const mostValidations = 5;
/** How long a model that was turned away or failed is shown. */
const modelTroubleMs = 86_400_000;

/** A line of the brief; a line about a validation carries it with its verdict (baton.state.v1.JudgedValidation). */
export interface Line {
  readonly text: string;
  readonly validation?: { readonly record: Decoded; readonly verdict: number };
}

/** Where one stands: one line. `elsewhere` says why git tells nothing. */
export function where(facts: Facts, elsewhere: string): Line {
  const { here } = facts;
  const parts = [facts.workspace === "" ? "no repository" : word(facts.workspace)];
  if (here) {
    const at = here.commit === undefined ? " without commits" : ` at ${shortId(here.commit)}`;
    if (here.branch !== undefined) parts.push(`branch ${word(here.branch)}${at}`);
    else parts.push(`${here.detached === true ? "detached" : "HEAD"}${at}`);
  } else {
    const branch = differing(inHand(facts, "branch"), "ref", undefined);
    const commit = differing(inHand(facts, "commit"), "commit", undefined);
    const last = branch ?? commit;
    if (last) parts.push(`${placeOf(branch, commit)} as recorded ${ago(last.at, facts.now)}`);
    parts.push(elsewhere);
  }
  for (const [type, name] of [
    ["pr", "PR"],
    ["issue", "issue"],
  ] as const) {
    const pointer = inHand(facts, type);
    if (pointer) parts.push(`${name} ${referenceOf(facts, pointer)}`);
  }
  const fork = here?.fork ?? textOf(inHand(facts, "fork")?.value ?? {}, "repository");
  if (fork !== undefined) parts.push(`fork ${word(fork)}`);
  if (here?.upstream !== undefined)
    parts.push(`${distanceOf(here.ahead ?? 0, here.behind ?? 0)} ${word(here.upstream)}`);
  if (here?.changedFiles !== undefined) parts.push(changesOf(here.changedFiles));
  if (here?.dirtySubmodule === true) parts.push("submodule changed");
  return { text: `where: ${parts.join(", ")}` };
}

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

/** The last validations, each with its verdict. */
export function validations(facts: Facts): Line[] {
  return facts
    .of("validation")
    .slice(0, mostValidations)
    .map(({ record, value, at }) => {
      const verdict = verdictOf(value, facts.here);
      const label = textOf(value, "label");
      const command = code(textOf(value, "command") ?? "");
      const parts = [`${label === undefined ? command : `${word(label)} ${command}`} ${outcomeOf(value)}`];
      const commit = textOf(value, "commit");
      if (verdict === "") parts.push("not proof");
      if (verdict === "stale" && commit !== undefined) parts.push(`HEAD was ${shortId(commit)}`);
      if (verdict === "dirty") parts.push("files changed since");
      const worktree = textOf(value, "worktree");
      if (worktree !== undefined && facts.here?.worktree !== undefined && worktree !== facts.here.worktree)
        parts.push("other worktree");
      parts.push(ago(at, facts.now));
      return {
        text: `check ${verdict || "reported"}: ${parts.join(", ")}`,
        validation: { record, verdict: verdict === "" ? 0 : enumNumber(judgedValidationTable, "verdict", verdict) },
      };
    });
}

/** Models that are limited, or were turned away or failed within a day. */
export function models(facts: Facts): Line[] {
  return facts.of("model_health").flatMap(({ value, at }) => {
    const state = modelStateAt(value, facts.now);
    const name = [textOf(value, "provider"), textOf(value, "model")].filter((part) => part !== undefined).map(word);
    const model = `model: ${name.join("/")} ${state}`;
    const resetsAt = integerOf(value, "limitResetsAt");
    if (state === "limited" && resetsAt !== undefined)
      return [{ text: `${model} until ${clock(resetsAt, facts.now)}` }];
    if (state === "limited") return [{ text: `${model}, end not known, ${ago(at, facts.now)}` }];
    if ((state !== "retry" && state !== "error") || facts.now - at > modelTroubleMs) return [];
    const status = integerOf(value, "lastStatus");
    const reason = status === undefined ? "" : status === 0 ? ", no answer" : `, HTTP ${status}`;
    return [{ text: `${model}${reason}, ${ago(at, facts.now)}` }];
  });
}

/** Runtimes as they were last seen. */
export function runtimes(facts: Facts): Line[] {
  return facts.of("runtime_summary").map(({ value, at }) => {
    const up = flagOf(value, "up");
    const uptime = integerOf(value, "uptimeSeconds");
    const port = integerOf(value, "port");
    const version = textOf(value, "version");
    const state = up === undefined ? "not known" : up ? "up" : "down";
    let first = word(textOf(value, "name") ?? "?");
    if (version !== undefined) first += ` ${word(version)}`;
    first += ` ${state}`;
    if (up === true && uptime !== undefined) first += ` for ${span(uptime)}`;
    if (port !== undefined) first += ` on port ${port}`;
    const parts = [first];
    const routing = textOf(value, "routing");
    if (routing !== undefined) parts.push(`routing ${word(routing)}`);
    const requests = integerOf(value, "requests");
    const window = integerOf(value, "windowSeconds");
    if (requests !== undefined)
      parts.push(
        `${integerOf(value, "failures") ?? 0} of ${requests} requests failed${window === undefined ? "" : ` in ${span(window)}`}`,
      );
    parts.push(ago(at, facts.now));
    return { text: `runtime: ${parts.join(", ")}` };
  });
}

/** What was recorded and is otherwise now: branch and commit of this worktree, the fork, the trust in hooks. */
export function drift(facts: Facts): Line[] {
  const lines: Line[] = [];
  const { here, now } = facts;
  if (here) {
    const ofWorktree = (type: string): Fact | undefined =>
      pointersOf(facts, type).find(({ value }) => here.worktree !== undefined && value.worktree === here.worktree);
    const branch = differing(ofWorktree("branch"), "ref", here.branch);
    const commit = differing(ofWorktree("commit"), "commit", here.commit);
    const last = branch ?? commit;
    if (last) lines.push({ text: `drift: was ${placeOf(branch, commit)} ${ago(last.at, now)}` });
    const fork = here.fork === undefined ? undefined : differing(inHand(facts, "fork"), "repository", here.fork);
    if (fork)
      lines.push({ text: `drift: fork was ${word(textOf(fork.value, "repository") ?? "")} ${ago(fork.at, now)}` });
  }
  for (const { value, at } of facts.of("config_fact")) {
    const trust = textOf(value, "value");
    if (enumOf(configFactTable, value, "name") !== "hooks_trust" || trust === undefined) continue;
    if (trust === "trusted" || trust === "managed") continue;
    const subject = enumOf(configFactTable, value, "subject") || "?";
    lines.push({ text: `drift: ${subject} hooks ${word(trust)}, ${ago(at, now)}` });
  }
  return lines;
}

function pointersOf(facts: Facts, type: string): Fact[] {
  return facts
    .of("pointer")
    .filter(({ value }) => enumOf(pointerTable, value, "type") === type && flagOf(value, "active") !== false);
}

function inHand(facts: Facts, type: string): Fact | undefined {
  return pointersOf(facts, type)[0];
}

function differing(fact: Fact | undefined, name: string, now: string | undefined): Fact | undefined {
  const then = fact && textOf(fact.value, name);
  return then !== undefined && then !== now ? fact : undefined;
}

function placeOf(branch: Fact | undefined, commit: Fact | undefined): string {
  const ref = branch && textOf(branch.value, "ref");
  const id = commit && textOf(commit.value, "commit");
  const parts: string[] = [];
  if (ref !== undefined) parts.push(`branch ${word(ref)}`);
  if (id !== undefined) parts.push(`at ${shortId(id)}`);
  return parts.join(" ");
}

function referenceOf(facts: Facts, { value }: Fact): string {
  const repository = textOf(value, "repository");
  const elsewhere = repository === undefined || repository === facts.workspace ? "" : word(repository);
  return `${elsewhere}#${integerOf(value, "number") ?? "?"}`;
}

function distanceOf(ahead: number, behind: number): string {
  if (ahead === 0 && behind === 0) return "level with";
  if (behind === 0) return `${ahead} ahead of`;
  return ahead === 0 ? `${behind} behind` : `${ahead} ahead and ${behind} behind`;
}

function changesOf(files: number): string {
  if (files === 0) return "no changes";
  return files === 1 ? "1 file changed" : `${files} files changed`;
}

function outcomeOf(validation: Decoded): string {
  const exit = integerOf(validation, "exitCode");
  const outcome = exit === undefined ? "exit not known" : exit === 0 ? "passed" : `exit ${exit}`;
  const passed = integerOf(validation, "testsPassed");
  const failed = integerOf(validation, "testsFailed") ?? 0;
  if (failed > 0 && passed !== undefined) return `${outcome}, ${failed} of ${tests(passed + failed)} failed`;
  if (failed > 0) return `${outcome}, ${tests(failed)} failed`;
  return passed === undefined ? outcome : `${outcome}, ${tests(passed)}`;
}

function tests(count: number): string {
  return count === 1 ? "1 test" : `${count} tests`;
}

function shortId(commit: string): string {
  return word([...commit].slice(0, 7).join(""));
}
