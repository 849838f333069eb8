/** Limits that the real Codex meets: nobody tells Baton's hooks of them, and the next session's brief says so all the same. */
import { expect, test } from "vitest";
import { commandHooks, toolHooks } from "../ts/src/integrations/codex/hooks.js";
import { baton, hookCommand, recorded, wireCodex } from "./baton.js";
import { describeBaton } from "./canaries.js";
import { codexExec } from "./codex.js";
import { usageLimit } from "./mock-model/script.js";
import { bypassTrust } from "./trust.js";

const forms = [
  ["commands", commandHooks],
  ["calls of the MCP server", (command: string) => toolHooks("baton", command)],
] as const;

describeBaton("a limit that Codex meets", ["codex"], (on) => {
  const session = (...args: string[]) => codexExec(on.machine, "go", { args: [...args, bypassTrust] });
  const model = { provider: "mock", model: "mock-model", client: "CLIENT_CODEX" };

  test.each(forms)("of a plan is in the brief of the next session, until its window ends (%s)", async (_, hooks) => {
    wireCodex(on.machine, on.mock.url, hooks(hookCommand(on.machine)));
    const resetsAt = Math.floor(Date.now() / 60_000) * 60_000 + 5_400_000;
    on.mock.script([{ shell: "true" }, usageLimit(resetsAt)]);
    expect((await session()).exit).toBe(1);
    expect(recorded(on.machine, "modelHealth")).toEqual([
      { ...model, state: "MODEL_STATE_LIMITED", limitResetsAt: String(resetsAt) },
    ]);
    on.mock.script([{ text: "done" }]);
    expect((await session()).exit).toBe(0);
    const clock = new Date(resetsAt).toISOString().slice(11, 16);
    expect(on.mock.turns()[0]?.text).toContain(`model: mock/mock-model limited until ${clock}Z`);
    expect(recorded(on.machine, "modelHealth").map(({ state }) => state)).toEqual([
      "MODEL_STATE_LIMITED",
      "MODEL_STATE_AVAILABLE",
    ]);
    expect(baton(on.machine, "resume")).not.toContain("model:");
  });

  test("of a rate has its HTTP status, and no end that is known", async () => {
    wireCodex(on.machine, on.mock.url);
    on.mock.script([{ status: 429, headers: { "retry-after": "5400" } }]);
    expect((await session()).exit).toBe(1);
    expect(recorded(on.machine, "modelHealth")).toEqual([{ ...model, state: "MODEL_STATE_LIMITED", lastStatus: 429 }]);
    on.mock.script([{ text: "done" }]);
    await session();
    expect(on.mock.turns()[0]?.text).toContain("model: mock/mock-model limited, end not known, 0m ago");
  });

  test("is in the brief of the session itself where it is resumed, and nothing saw it end", async () => {
    const { SessionEnd: _, ...hooks } = commandHooks(hookCommand(on.machine));
    wireCodex(on.machine, on.mock.url, hooks);
    on.mock.script([usageLimit(Date.now() + 5_400_000)]);
    await session();
    expect(recorded(on.machine, "modelHealth")).toEqual([]);
    on.mock.script([{ text: "done" }]);
    await session("resume", "--last");
    expect(on.mock.turns()[0]?.text).toMatch(/model: mock\/mock-model limited until \d\d:\d\dZ/);
  });

  test("leaves no text of the provider behind", async () => {
    wireCodex(on.machine, on.mock.url);
    on.mock.script([
      { status: 429, error: { type: "usage_limit_reached", message: "error-canary", plan_type: "canary" } },
    ]);
    await session();
    expect(recorded(on.machine, "modelHealth")).toEqual([{ ...model, state: "MODEL_STATE_LIMITED" }]);
    expect(baton(on.machine, "export", "--jsonl")).not.toContain("canary");
  });
});
