/** What the mock model answers: the steps of a script, and how they are read from a prompt. */

/** One answer of the model. `inputTokens` is the usage it reports, in tokens (default 1000); a huge one forces compaction. */
export type Step = (
  | { shell: string }
  | { patch: string }
  | { tool: string; args: Record<string, unknown> }
  | { code: string }
  | { text: string }
  | { status: number; headers?: Record<string, string>; error?: Record<string, unknown> }
) & { inputTokens?: number };

/**
 * How the ChatGPT backend turns a request away that is over the limits of a plan: the type of the error, and headers with
 * the windows that are used up. `resetsAt` is the end of the first window, in milliseconds since 1970.
 */
export function usageLimit(resetsAt: number): Step {
  const reset = Math.floor(resetsAt / 1000);
  const headers = {
    "x-codex-primary-used-percent": "100",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(reset),
    "x-codex-secondary-used-percent": "40",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-at": String(reset + 200_000),
  };
  return { status: 429, headers, error: { type: "usage_limit_reached", plan_type: "plus", resets_at: reset } };
}

/**
 * A step, or what makes it of the request's body as text: for arguments that only the conversation knows, and for answers
 * that wait for something.
 */
export type Scripted = Step | ((request: string) => Step | Promise<Step>);

/** A prompt of the user, and how many tool results came after it. */
export interface Prompt {
  text: string;
  results: number;
}

/** A tool that the client offered in its request. `namespace` is set where Codex groups the tools of an MCP server. */
export interface OfferedTool {
  name: string;
  namespace?: string;
  custom: boolean;
}

/** What a step becomes once the tools of the request are known. */
export type Answer =
  | { kind: "call"; name: string; namespace?: string; args: Record<string, unknown> }
  | { kind: "custom"; name: string; namespace?: string; input: string }
  | { kind: "text"; text: string };

const shells = /^(exec_command|shell_command|bash)$/;

/**
 * Reads a script from a text: `#steps shell:exit 3 ~ tool:baton_note={"text":"x"} ~ text:done`. The first `:` ends the
 * name of the step; ` ~ ` separates steps. Gives undefined when the text has no `#steps`, and throws on an unknown step,
 * so that a typing error in a test does not pass as an answer.
 */
export function parseSteps(prompt: string): Step[] | undefined {
  const line = [...prompt.matchAll(/#steps ([^\n]+)/g)].pop()?.[1];
  if (line === undefined) return undefined;
  const quoted = /^"#steps/.test(prompt.trim());
  const plain = quoted ? line.replace(/"\s*$/, "").replace(/\\"/g, '"') : line;
  return plain.split(" ~ ").map(parseStep);
}

function parseStep(source: string): Step {
  const colon = source.indexOf(":");
  const name = source.slice(0, colon).trim();
  const rest = source.slice(colon + 1);
  switch (name) {
    case "shell":
      return { shell: rest };
    case "code":
      return { code: rest };
    case "patch":
      return { patch: rest.replace(/\\n/g, "\n") };
    case "text":
      return { text: rest };
    case "status":
      return { status: Number(rest) };
    case "tool": {
      const equals = rest.indexOf("=");
      const args = equals < 0 ? {} : (JSON.parse(rest.slice(equals + 1)) as Record<string, unknown>);
      return { tool: equals < 0 ? rest : rest.slice(0, equals), args };
    }
    default:
      throw new Error(`mock model: unknown step "${name}"`);
  }
}

/**
 * Turns a step into an answer, given the tools that the client offered. A tool is found by the last words of its full
 * name, so `note` finds `baton_note` and `mcp__baton` / `note`. A tool that is not offered gives a text that says so.
 */
export function answerOf(step: Exclude<Step, { status: number }>, offered: OfferedTool[]): Answer {
  if ("text" in step) return { kind: "text", text: step.text };
  if ("shell" in step) {
    const tool = offered.find(({ name }) => shells.test(name));
    if (!tool) return missing("shell");
    const args =
      tool.name === "exec_command"
        ? { cmd: step.shell }
        : { command: step.shell, ...(tool.name === "bash" ? { description: "scripted" } : {}) };
    return call(tool, args);
  }
  if ("patch" in step) {
    const tool = offered.find(({ name }) => name === "apply_patch");
    if (!tool) return missing("apply_patch");
    return tool.custom ? custom(tool, step.patch) : call(tool, { input: step.patch, patchText: step.patch });
  }
  if ("code" in step) {
    const tool = offered.find(({ name, custom }) => name === "exec" && custom);
    return tool ? custom(tool, step.code) : missing("exec");
  }
  const tool = offered.find(({ name, namespace }) => `_${namespace ?? ""}__${name}`.endsWith(`_${step.tool}`));
  return tool ? call(tool, step.args) : missing(step.tool);
}

function call(tool: OfferedTool, args: Record<string, unknown>): Answer {
  return { kind: "call", name: tool.name, ...(tool.namespace ? { namespace: tool.namespace } : {}), args };
}

function custom(tool: OfferedTool, input: string): Answer {
  return { kind: "custom", name: tool.name, ...(tool.namespace ? { namespace: tool.namespace } : {}), input };
}

function missing(name: string): Answer {
  return { kind: "text", text: `the tool "${name}" was not offered` };
}
