/** A captured session of Codex (fixtures/clients), as if its first command had been a check. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.js";

/** JSON that Codex sends to hooks: at the start, before and after a check, and after another command; and the rollout. */
export interface Session {
  readonly start: HookInput;
  readonly beforeCheck: HookInput;
  readonly afterCheck: HookInput;
  readonly afterOther: HookInput;
  /** Exit code of the check. */
  readonly exitCode: number;
  /** Makes the rollout what it is while the check runs, and once it has ended. */
  running(): void;
  ended(): void;
}

/** The JSON that one hook gets. */
export type HookInput = Readonly<Record<string, unknown>> & { readonly session_id: string };

interface RolloutLine {
  readonly payload: { readonly item?: { readonly id?: string; readonly exit_code?: number } };
}

/** The session, in the repository of a place; its rollout lies beside that. */
export function captureSession(place: Place): Session {
  const rolloutFile = join(place.root, "rollout.jsonl");
  const text = readFileSync("fixtures/clients/codex/session.json", "utf8")
    .replaceAll(JSON.stringify("echo out; exit 3"), JSON.stringify("npm test"))
    .replaceAll("/machine/project", place.repository)
    .replaceAll(/"\/machine\/codex\/sessions[^"]*"/g, JSON.stringify(rolloutFile));
  const { hooks, rollout } = JSON.parse(text) as { hooks: HookInput[]; rollout: RolloutLine[] };
  const find = (event: string, call?: string): HookInput => {
    const found = hooks.find((hook) => hook.hook_event_name === event && hook.tool_use_id === call);
    if (found === undefined) throw new Error(`the captured session has no ${event}`);
    return found;
  };
  // The end of a command is the last line when the hook after it starts.
  const last = rollout.findIndex(({ payload }) => payload.item?.id === "call_1");
  const exitCode = rollout[last]?.payload.item?.exit_code;
  if (exitCode === undefined) throw new Error("the captured session does not say how the check ended");
  const write = (lines: number) => (): void =>
    writeFileSync(
      rolloutFile,
      rollout
        .slice(0, lines)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
  const afterCheck = find("PostToolUse", "call_1");
  return {
    start: find("SessionStart"),
    beforeCheck: find("PreToolUse", "call_1"),
    afterCheck,
    afterOther: { ...afterCheck, tool_input: { command: "cat notes.txt" } },
    exitCode,
    running: write(last),
    ended: write(last + 1),
  };
}
