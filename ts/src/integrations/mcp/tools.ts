/** The tools of the MCP server: what a model may ask, and what it may record. */
import * as z from "zod";
import { quoted, word } from "../../brief/escape.js";
import { factsOf } from "../../brief/facts.js";
import { minutesUntil } from "../../brief/time.js";
import { validations } from "../../brief/validations.js";
import { type Action, actionStates, addAction, changeAction, openActionsOf } from "../../client/actions.js";
import { briefHere } from "../../client/brief.js";
import type { Client } from "../../client/client.js";
import { addNote, noteCategories } from "../../client/notes.js";
import { clearPointer, pointerTypes, setPointer } from "../../client/pointers.js";
import { saveSnapshot } from "../../client/snapshot.js";

/** A tool. What it throws is told to the model with its remedy. */
export interface Tool<Input extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  /** Whether it records something. */
  readonly writes: boolean;
  /** Does it and gives the text for the model. */
  run(client: Client, input: z.infer<Input>): Promise<string>;
}

/** Most lines that a list shows. */
const mostLines = 30;
/** How long a claim holds where the model does not say, in minutes. */
const leaseMinutes = 120;

const id = z.string().max(64).describe("id of the action, such as a-0123456789abcdef");
const as = z.string().max(40).optional().describe("name of the one who acts; else this session");
const text = z.string().max(1000).describe("one plain line: at most 200 bytes and 40 words, no secrets, no paths");

/** All tools. */
export const tools: readonly Tool[] = [
  tool({
    name: "resume",
    description:
      "What the last session left: repository, branch, PR, unfinished actions, notes, checks with a verdict whether they still hold, model limits. Call it first.",
    input: z.object({}),
    writes: false,
    async run(client) {
      const { brief, state } = briefHere(client, { reason: "startup" });
      await saveSnapshot(client.home, state);
      return brief.text;
    },
  }),
  tool({
    name: "validation_list",
    description: "Checks that ran here, newest first, each with its verdict: fresh, dirty, stale or unknown.",
    input: z.object({}),
    writes: false,
    async run(client) {
      const git = client.git({ digest: true });
      const facts = factsOf(client.state().folded, client.workspace(), git);
      return listed(
        validations(facts, mostLines + 1).map((line) => line.text),
        "no check was recorded here",
      );
    },
  }),
  tool({
    name: "point",
    description: "Say what is in hand here: the PR, issue, fork, repository or branch.",
    input: z.object({
      type: z.enum(pointerTypes),
      value: z
        .string()
        .max(512)
        .optional()
        .describe("a number, owner/repo, URL or branch; without it nothing is in hand"),
    }),
    writes: true,
    async run(client, { type, value }) {
      if (value === undefined) await clearPointer(client, type);
      else await setPointer(client, type, value);
      return value === undefined ? `${type} cleared` : `${type} set`;
    },
  }),
  tool({
    name: "note",
    description:
      "Leave one line to the next session: a decision, a finding, a blocker. Never secrets, prompts or code.",
    input: z.object({
      text,
      category: z.enum(noteCategories).optional(),
    }),
    writes: true,
    async run(client, { text, category }) {
      return `noted as ${await addNote(client, text, category ?? "note")}`;
    },
  }),
  tool({
    name: "next_list",
    description: "What is to be done here, and who does it.",
    input: z.object({}),
    writes: false,
    async run(client) {
      const actions = openActionsOf(client.state(), client.workspace());
      return listed(
        actions.map((action) => lineOf(action, client.now)),
        "nothing to do",
      );
    },
  }),
  tool({
    name: "next_add",
    description: "Promise one thing to the next session.",
    input: z.object({ text }),
    writes: true,
    run: async (client, input) => `added as ${await addAction(client, input.text)}`,
  }),
  tool({
    name: "next_claim",
    description: "Take an action for this session, for a while; of several that try, one gets it.",
    input: z.object({ id, as, lease_minutes: z.int().min(1).max(10_080).optional() }),
    writes: true,
    async run(client, input) {
      const minutes = input.lease_minutes ?? leaseMinutes;
      await changeAction(client, input.id, { to: "claimed", lease: minutes * 60_000, as: input.as });
      return `claimed for ${minutes} minutes`;
    },
  }),
  tool({
    name: "next_done",
    description: "Say that an action is done.",
    input: z.object({ id, as }),
    writes: true,
    async run(client, input) {
      await changeAction(client, input.id, { to: "done", lease: 0, as: input.as });
      return "done";
    },
  }),
];

function tool<Input extends z.ZodType>(given: Tool<Input>): Tool {
  return given as unknown as Tool;
}

function listed(lines: readonly string[], none: string): string {
  if (lines.length === 0) return `${none}\n`;
  const shown = lines.slice(0, mostLines);
  if (lines.length > mostLines) shown.push("and more");
  return `${shown.join("\n")}\n`;
}

function lineOf(action: Action, now: number): string {
  const until = action.leaseUntil ?? 0;
  const holder =
    action.state === actionStates.claimed && until > now
      ? `claimed by ${word(action.claimer ?? "somebody")}, ${minutesUntil(until, now)} left`
      : "open";
  return `${word(action.id)} ${quoted(action.text)}, ${holder}`;
}
