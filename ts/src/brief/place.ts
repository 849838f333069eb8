/** Where one stands, and what of it was recorded otherwise (BRF-010, BRF-016). */
import { configFactTable, pointerTable } from "../gen/tables.js";
import { word } from "./escape.js";
import type { Fact, Facts } from "./facts.js";
import { enumOf, flagOf, integerOf, textOf } from "./fields.js";
import { type Line, shortId } from "./line.js";
import { ago } from "./time.js";

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
