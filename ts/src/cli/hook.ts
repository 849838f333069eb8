/** `baton hook codex` without the rest of the command line: a session waits for every hook, so little is loaded. */
import { openBaton } from "../index.js";
import { pickEvent } from "../integrations/codex/event.js";
import { handleHook } from "../integrations/codex/hook.js";
import { readEvent } from "../integrations/codex/input.js";
import { print } from "./output.js";

/** Takes one event on standard input and prints what Codex is to take as context, or nothing. Never throws. */
export async function runHook(home?: string): Promise<void> {
  const event = pickEvent(readEvent(0));
  if (event === undefined) return;
  const baton = openBaton({ client: "codex", home, durability: "written" });
  const host = { name: "codex", dir: process.cwd(), env: process.env, home, baton, isHearsay: false } as const;
  const output = await handleHook(event, host);
  if (output !== "") print(`${output}\n`);
  await baton.safe.close();
}
