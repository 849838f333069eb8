/** The sessions of OpenCode that become fixtures. */
import type { Capture } from "./capture-codex.js";
import { isolate } from "./isolate.js";
import type { Scripted } from "./mock-model/script.js";
import type { MockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig, writePlugin, writePluginPackages } from "./opencode.js";
import { type PluginCall, pluginCalls, recordingPlugin, recordingServer } from "./probes.js";
import { scrubber } from "./scrub.js";

const sessions: Record<string, Scripted[]> = {
  session: [
    { shell: "echo out; exit 3" },
    { tool: "probe_echo", args: { text: "round trip" } },
    { tool: "write", args: { filePath: "new.txt", content: "one line\n" } },
    { text: "done" },
  ],
  "tool-errors": [
    { tool: "bash", args: { command: "sleep 9", description: "runs into its limit", timeout: 300 } },
    { tool: "bash", args: { command: "no-such-program", description: "does not exist" } },
    { tool: "read", args: { filePath: "missing.txt" } },
    { tool: "read", args: { filePath: "/outside/of/the/project" } },
    { text: "done" },
  ],
  compacted: [{ shell: "true", inputTokens: 300_000 }, { text: "done" }],
  limited: [{ status: 429, headers: { "retry-after": "3" } }, { text: "done" }],
  "free-limit": [
    { status: 429, headers: { "retry-after": "3" }, error: { type: "FreeUsageLimitError", message: "Rate limited" } },
    { text: "done" },
  ],
  overloaded: [{ status: 503 }, { text: "done" }],
  refused: [{ status: 400 }],
};

/** Runs all sessions and gives the calls of a plugin: hooks with input and output, and events. */
export async function captureOpencode(mock: MockModel): Promise<Capture[]> {
  const captures: Capture[] = [];
  for (const [name, script] of Object.entries(sessions)) captures.push(await captureSession(mock, name, script));
  return captures;
}

async function captureSession(mock: MockModel, name: string, script: Scripted[]): Promise<Capture> {
  const machine = isolate("opencode");
  writeOpencodeConfig(machine, mock.url, { servers: { probe: recordingServer(machine) } });
  writePlugin(machine, "recorder.js", recordingPlugin(machine, "context of the fixture"));
  writePluginPackages(machine);
  mock.script(script);
  await opencodeRun(machine, "go", { timeout: 200_000 });
  const calls = pluginCalls(machine).filter(isKept).map(scrubber(machine));
  machine.remove();
  return { name, lists: { calls } };
}

/** OpenCode tells a plugin of each of its own 45 at start; one of those lines is enough. */
function isKept({ input }: PluginCall, index: number, all: PluginCall[]): boolean {
  const added = ({ input }: PluginCall) => input?.type === "plugin.added";
  return input?.type !== "plugin.added" || all.findIndex(added) === index;
}
