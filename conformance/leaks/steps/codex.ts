/** `baton hook codex`, a process for each event, and the rollout that grows meanwhile. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { World } from "../world.js";
import { must, type Step } from "./step.js";

/** The events, in order. */
export const codexSteps: readonly Step[] = [
  hook("codex-start", (world) => {
    tell(world, "session_meta", {
      id: world.variant.marker("session"),
      model_provider: "acme",
      cwd: world.checkout,
      base_instructions: { text: world.variant.text("instructions") },
    });
    tell(world, "turn_context", { model: "big-pickle", cwd: world.checkout });
    return { hook_event_name: "SessionStart", source: "startup" };
  }),
  hook("codex-prompt", (world) => {
    const { text } = world.variant;
    const said = (role: string, content: string) => ({ type: "message", role, content: [{ text: content }] });
    tell(world, "response_item", said("user", text("prompt")));
    tell(world, "response_item", { type: "reasoning", summary: [{ text: text("reasoning") }] });
    tell(world, "response_item", said("assistant", text("answer")));
    return { hook_event_name: "UserPromptSubmit", prompt: text("prompt") };
  }),
  hook("codex-before", (world) => ({ hook_event_name: "PreToolUse", ...checkOf(world) })),
  hook("codex-after", (world) => {
    const { marker, text } = world.variant;
    const { command } = checkOf(world).tool_input;
    const item = {
      type: "CommandExecution",
      id: marker("call"),
      command: ["/bin/bash", "-lc", command],
      cwd: pathToFileURL(world.checkout).href,
      aggregated_output: text("tool-output"),
      exit_code: 2,
      duration: { secs: 1, nanos: 0 },
    };
    tell(world, "event_msg", { type: "item_completed", item });
    return { hook_event_name: "PostToolUse", ...checkOf(world), tool_response: text("tool-output") };
  }),
  hook(
    "codex-patch",
    ({ variant: { marker, text } }) => ({
      hook_event_name: "PostToolUse",
      tool_name: "apply_patch",
      tool_use_id: `${marker("call")}-2`,
      tool_input: { command: text("tool-input"), path: marker("file-name"), content: text("file-content") },
      tool_response: text("tool-output"),
    }),
    true,
  ),
  hookTold("codex-broken", ({ variant: { text } }) => `{"prompt": ${text("prompt")}}`, true),
  hook("codex-stop", (world) => ({
    hook_event_name: "Stop",
    last_assistant_message: world.variant.text("answer"),
    stop_hook_active: false,
  })),
  hook("codex-end", (world) => {
    const error = {
      message: world.variant.text("error-body"),
      codex_error_info: { response_too_many_failed_attempts: { http_status_code: 429 } },
    };
    tell(world, "event_msg", { type: "task_complete", error, last_agent_message: world.variant.text("answer") });
    return { hook_event_name: "SessionEnd", reason: world.variant.text("answer") };
  }),
];

/** The check that the model runs. */
function checkOf({ variant }: World) {
  return {
    tool_name: "Bash",
    tool_input: { command: `./gradlew test ${variant.marker("argument")}`, description: variant.text("tool-input") },
    tool_use_id: variant.marker("call"),
  };
}

/** An event, with what Codex tells beside what it is about. */
function hook(name: string, event: (world: World) => object, isExtra = false): Step {
  const eventOf = (world: World) => ({
    session_id: world.variant.marker("session"),
    transcript_path: rolloutOf(world),
    cwd: world.checkout,
    model: "big-pickle",
    permission_mode: "default",
    ...event(world),
  });
  return hookTold(name, (world) => JSON.stringify(eventOf(world)), isExtra);
}

function hookTold(name: string, input: (world: World) => string, isExtra: boolean): Step {
  return {
    name,
    isExtra,
    async run(world) {
      const ended = await world.node(name, world.programs.cli, ["hook", "codex"], { input: input(world) });
      must(ended.status === 0 && ended.stderr === "", name, ended);
    },
  };
}

/** The rollout file of the session. */
export function rolloutOf({ inputs }: Pick<World, "inputs">): string {
  return join(inputs, "rollout.jsonl");
}

function tell(world: World, type: string, payload: object): void {
  appendFileSync(rolloutOf(world), `${JSON.stringify({ timestamp: "2026-11-23T17:13:10.000Z", type, payload })}\n`);
}
