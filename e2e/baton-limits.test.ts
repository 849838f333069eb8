/** Limits that the real Codex meets: nobody tells Baton's hooks of them, and the next session's brief says so all the same. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { commandHooks, type HookGroups, toolHooks } from "../ts/src/integrations/codex/hooks.js";
import { baton, built, recorded } from "./baton.js";
import { isInstalled } from "./clients.js";
import { codexExec, writeCodexConfig, writeCodexHooks } from "./codex.js";
import { isolate, type Machine } from "./isolate.js";
import { usageLimit } from "./mock-model/script.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";
import { bypassTrust } from "./trust.js";

const hookCommand = [process.execPath, built("cli.js"), "hook", "codex"].map((word) => JSON.stringify(word)).join(" ");
const forms = [
  ["commands", commandHooks(hookCommand)],
  ["calls of the MCP server", toolHooks("baton", hookCommand)],
] as const;

describe.skipIf(!isInstalled("codex"))("a limit that Codex meets", () => {
  let mock: MockModel;
  let machine: Machine;
  beforeAll(async () => {
    mock = await startMockModel();
  });
  afterAll(() => mock.close());
  beforeEach(() => {
    machine = isolate("codex");
    machine.env.BATON_GIT_MS = "20000";
    const env = { BATON_HOME: machine.batonHome, BATON_GIT_MS: "20000" };
    const server = { command: process.execPath, args: [built("cli.js"), "mcp"], env };
    writeCodexConfig(machine, mock.url, { servers: { baton: server } });
  });
  afterEach(() => machine.remove());

  const put = (hooks: HookGroups) =>
    writeCodexHooks(machine, Object.fromEntries(Object.entries(hooks).map(([event, group]) => [event, [group]])));
  const session = (...args: string[]) => codexExec(machine, "go", { args: [...args, bypassTrust] });
  const model = { provider: "mock", model: "mock-model" };

  test.each(forms)("of a plan is in the brief of the next session, until its window ends (%s)", async (_, hooks) => {
    put(hooks);
    const resetsAt = Math.floor(Date.now() / 60_000) * 60_000 + 5_400_000;
    mock.script([{ shell: "true" }, usageLimit(resetsAt)]);
    expect((await session()).exit).toBe(1);
    expect(recorded(machine, "modelHealth")).toEqual([
      { ...model, state: "MODEL_STATE_LIMITED", limitResetsAt: String(resetsAt) },
    ]);
    mock.script([{ text: "done" }]);
    expect((await session()).exit).toBe(0);
    const clock = new Date(resetsAt).toISOString().slice(11, 16);
    expect(mock.turns()[0]?.text).toContain(`model: mock/mock-model limited until ${clock}Z`);
    expect(recorded(machine, "modelHealth").map(({ state }) => state)).toEqual([
      "MODEL_STATE_LIMITED",
      "MODEL_STATE_AVAILABLE",
    ]);
    expect(baton(machine, "resume")).not.toContain("model:");
  });

  test("of a rate has its HTTP status, and no end that is known", async () => {
    put(commandHooks(hookCommand));
    mock.script([{ status: 429, headers: { "retry-after": "5400" } }]);
    expect((await session()).exit).toBe(1);
    expect(recorded(machine, "modelHealth")).toEqual([{ ...model, state: "MODEL_STATE_LIMITED", lastStatus: 429 }]);
    mock.script([{ text: "done" }]);
    await session();
    expect(mock.turns()[0]?.text).toContain("model: mock/mock-model limited, end not known, 0m ago");
  });

  test("is in the brief of the session itself where it is resumed, and nothing saw it end", async () => {
    const { SessionEnd: _, ...hooks } = commandHooks(hookCommand);
    put(hooks);
    mock.script([usageLimit(Date.now() + 5_400_000)]);
    await session();
    expect(recorded(machine, "modelHealth")).toEqual([]);
    mock.script([{ text: "done" }]);
    await session("resume", "--last");
    expect(mock.turns()[0]?.text).toMatch(/model: mock\/mock-model limited until \d\d:\d\dZ/);
  });

  test("leaves no text of the provider behind", async () => {
    put(commandHooks(hookCommand));
    mock.script([
      { status: 429, error: { type: "usage_limit_reached", message: "error-canary", plan_type: "canary" } },
    ]);
    await session();
    expect(recorded(machine, "modelHealth")).toEqual([{ ...model, state: "MODEL_STATE_LIMITED" }]);
    expect(baton(machine, "export", "--jsonl")).not.toContain("canary");
  });
});
