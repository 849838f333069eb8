/** Sessions of the real OpenCode, played to the plugin, and single calls of its hooks. */
import { openClient } from "../../src/client/client.js";
import { addNote } from "../../src/client/notes.js";
import type { Hooks } from "../../src/integrations/opencode/hooks.js";
import { type Call, callsOf, make, type Place } from "./opencode-place.js";

/** Name of the hook that is given the system prompt. */
export const transform = "experimental.chat.system.transform";

/** Names of the captured sessions. */
export const sessions = ["session", "tool-errors", "compacted", "limited", "free-limit", "overloaded", "refused"];

/** Replays a session of the real OpenCode; gives its calls, with the outputs as the plugin left them. */
export async function replay(
  place: Place,
  session: string,
  change: (call: Call) => Call = (call) => call,
): Promise<Call[]> {
  const hooks = await place.load();
  const calls = callsOf(session, place).map(change);
  for (const call of calls) await make(hooks, call);
  return calls;
}

/** The session with its commands replaced by a check. */
export function withCheck(command: string): (call: Call) => Call {
  return (call) => JSON.parse(JSON.stringify(call).replaceAll("echo out; exit 3", command)) as Call;
}

/** Asks for the system prompt of a request; gives it. */
export async function ask(
  hooks: Hooks,
  sessionID = "ses_1",
  start = "You are a helper.",
  model = { id: "m", providerID: "p" },
): Promise<string> {
  const output = { system: [start] };
  await hooks[transform]({ sessionID, model }, output);
  return output.system[0] ?? "";
}

/** Leaves a note in the workspace of the place. */
export async function note(place: Place, text: string): Promise<void> {
  const client = openClient({ name: "cli", dir: place.repository, env: process.env, writes: true });
  await addNote(client, text, "note");
}

/** An event of a session, as the plugin is given it. */
export function event(type: string, properties: object, sessionID = "ses_1"): object {
  return { event: { id: "evt_1", type, properties: { sessionID, ...properties } } };
}

/** The call with one text in it replaced. */
export function withText(call: Call, text: string, by: string): Call {
  return JSON.parse(JSON.stringify(call).replaceAll(text, by)) as Call;
}
