/**
 * A month of work on one machine, for `opencode-proxy-doctor report`: over 50,000 requests through the proxy's own file and
 * `baton import usage`, checks, notes, actions, sessions and models through the library, and a check that really ran. The
 * same month, up to random ids, every time.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawFrom } from "../conformance/draw.js";
import { type BatchRecord, openBaton } from "../ts/src/index.js";
import { baton } from "./baton.js";
import type { Machine } from "./isolate.js";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The instant that the month ends at: a Monday, at 17:13 UTC. */
export const monthEnd = Date.UTC(2026, 10, 23, 17, 13);
/** Requests of the month. */
export const monthRequests = 54_000;
/** The workspaces; the machine's project is in the first. */
export const workspaces = ["github.com/acme/proxy", "github.com/acme/dashboard", "github.com/acme/handbook"] as const;

const [proxy, dashboard, handbook] = workspaces;

/** Numbers from 0 to below 1, the same every time. */
function randomOf(seed: number): () => number {
  const draw = drawFrom(seed);
  return () => draw(1 << 15) / (1 << 15) + draw(1 << 15) / 2 ** 30;
}

/** The models, up to which part of the requests each is used, how many tokens a request takes, and how often its provider reports them. */
const models = [
  { name: "grok-code", upTo: 0.42, tokens: 24_000, reports: 0.98 },
  { name: "big-pickle", upTo: 0.69, tokens: 31_000, reports: 0.97 },
  { name: "qwen/qwen3-coder:free", upTo: 0.86, tokens: 18_000, reports: 0.55 },
  { name: "moonshotai/kimi-k2", upTo: 0.96, tokens: 27_000, reports: 0.93 },
  { name: "glm-4.6", upTo: 1, tokens: 15_000, reports: 0.99 },
] as const;

/** Hours of days in which the free model answered with its limit. */
const limits = [
  { model: "qwen/qwen3-coder:free", from: 26 * day + 3 * hour, length: 5 * hour },
  { model: "qwen/qwen3-coder:free", from: 19 * day + 2 * hour, length: 9 * hour },
  { model: "big-pickle", from: 12 * day + 4 * hour, length: 3 * hour },
  { model: "qwen/qwen3-coder:free", from: 5 * day + 6 * hour, length: 4 * hour },
  { model: "qwen/qwen3-coder:free", from: 2 * hour, length: 3.5 * hour },
];

/** The proxy's lines, as it writes them, in the order of their times. */
function usageLines(): string[] {
  const random = randomOf(20_261_123);
  const times = Array.from({ length: monthRequests }, () => {
    for (;;) {
      const ts = Math.floor(monthEnd - random() * 29.7 * day);
      const at = new Date(ts);
      const isWeekend = at.getUTCDay() % 6 === 0;
      const isAtWork = at.getUTCHours() >= 7 && at.getUTCHours() < 19;
      const wave = 0.65 + 0.35 * Math.sin(ts / (3.3 * day));
      if (random() < (isWeekend ? 0.12 : 1) * (isAtWork ? 1 : 0.08) * wave) return ts;
    }
  });
  return times.sort((a, b) => a - b).map((ts) => JSON.stringify(usageLine(ts, random)));
}

function usageLine(ts: number, random: () => number): Record<string, unknown> {
  const share = random();
  const model = models.find(({ upTo }) => share < upTo) ?? models[0];
  const limit = limits.find(({ from, length, model: limited }) => {
    const start = monthEnd - from;
    return limited === model.name && ts >= start && ts < start + length;
  });
  const isLimited = limit !== undefined && random() < 0.8;
  const isOutage = Math.abs(ts - (monthEnd - 8.2 * day)) < 1.5 * hour && random() < 0.35;
  const fails = !isLimited && (isOutage || random() < 0.012);
  const isReported = random() < model.reports;
  const prompt = Math.floor(model.tokens * (0.4 + 1.2 * random()));
  const completion = Math.floor(model.tokens * 0.06 * random());
  const answers = !isLimited && !fails;
  const until = limit === undefined ? undefined : monthEnd - limit.from + limit.length;
  return {
    v: 1,
    ts,
    day: new Date(ts).toISOString().slice(0, 10),
    model: model.name,
    returned_model: answers ? model.name : "",
    status: isLimited ? 429 : fails ? (isOutage ? 502 : 0) : 200,
    ok: answers,
    latency_ms: fails && !isOutage ? 0 : Math.floor(900 + 9000 * random() ** 2),
    total_tokens: answers ? prompt + completion : 0,
    prompt_tokens: answers ? prompt : 0,
    completion_tokens: answers ? completion : 0,
    usage_reported: answers && isReported,
    usage_estimated: answers && !isReported,
    usage_source: answers ? (isReported ? "api" : "estimate_chars") : "",
    cost: answers && model.name === "moonshotai/kimi-k2" ? prompt / 2e7 : null,
    rate_limited: isLimited,
    retry_after_seconds: isLimited && until ? Math.round((until - ts) / 1000) : null,
    limit_reset_at: isLimited && until ? new Date(until).toISOString() : "",
    limit_reset_at_ts: isLimited ? (until ?? null) : null,
    limit_source: isLimited ? "rate-limit-reset-date" : "",
    rate_limit_remaining: null,
    rate_limit_limit: null,
    error_class: isLimited
      ? "rate_limit"
      : fails
        ? isOutage
          ? "http_5xx"
          : random() < 0.5
            ? "timeout"
            : "network"
        : "",
  };
}

/** What was recorded through the library, in the order of its times. */
function records(head: string): BatchRecord[] {
  const random = randomOf(7);
  const list: BatchRecord[] = [];
  const at = (ago: number) => ({ observedAt: monthEnd - Math.round(ago) });
  const checks = [
    { workspace: proxy, command: "npm test", label: "unit", fails: 0.16, tests: 212 },
    { workspace: proxy, command: "npm run lint", label: undefined, fails: 0.08, tests: 0 },
    { workspace: proxy, command: "cargo test -p baton-state", label: undefined, fails: 0.2, tests: 96 },
    { workspace: dashboard, command: "pnpm run build", label: "build", fails: 0.1, tests: 0 },
    { workspace: dashboard, command: "pnpm test", label: undefined, fails: 0.25, tests: 58 },
  ];
  for (let ago = 29; ago >= 0; ago--) {
    const weekday = new Date(monthEnd - ago * day).getUTCDay();
    if (weekday % 6 === 0) continue;
    for (const { workspace, command, label, fails, tests } of checks) {
      for (let run = 0; run < 1 + Math.floor(random() * 3); run++) {
        const failed = random() < fails;
        const testsFailed = failed && tests > 0 ? 1 + Math.floor(random() * 4) : 0;
        const isHearsay = random() < 0.06;
        list.push({
          kind: "validation",
          init: {
            command,
            label,
            exitCode: isHearsay ? undefined : failed ? 1 : 0,
            ...(tests > 0 ? { testsPassed: tests - testsFailed, testsFailed } : {}),
            commit: (ago % 3 === 0 ? "91c04d4f" : "5b0de7a1").repeat(5),
            source: isHearsay ? "reported" : workspace === proxy ? "hook" : "plugin",
          },
          workspace,
          ...at(ago * day + 8 * random() * hour),
        });
      }
    }
  }
  const failed = { command: "cargo test -p baton-state", exitCode: 101, testsPassed: 93, testsFailed: 3 };
  list.push({
    kind: "validation",
    init: { ...failed, commit: head, source: "hook" },
    workspace: proxy,
    ...at(35 * minute),
  });
  const note = (ago: number, workspace: string, text: string, category: "note" | "decision" | "finding" | "blocker") =>
    list.push({ kind: "handoffNote", init: { text, category }, workspace, ...at(ago) });
  note(20 * day, handbook, "The chapter on retries waits for the numbers of the proxy", "note");
  note(9 * day, dashboard, "Charts take their colours from one palette, light and dark", "decision");
  note(8.1 * day, proxy, "The outage of this morning was the provider's: 502 for an hour", "finding");
  note(2 * day, dashboard, "The build needs Node 22; CI still has 20", "blocker");
  note(1.2 * day, proxy, "The limit is read before the store is open", "finding");
  note(5 * hour, proxy, "Reset headers in seconds and in milliseconds are told apart by their size", "decision");
  note(hour, proxy, "The upstream mock answers 200 with a limit header, ask before changing it", "blocker");
  const action = (ago: number, workspace: string, text: string, init: object = {}) =>
    list.push({ kind: "nextAction", init: { text, state: "open", ...init }, workspace, ...at(ago) });
  action(3 * day, dashboard, "Show requests per minute beside the models");
  action(2 * day, proxy, "Release the fix of the retry budget", { state: "done" });
  action(30 * hour, handbook, "Add a page about limits of free models");
  const claimed = { state: "claimed", generation: 1 };
  action(4 * hour, dashboard, "Move CI to Node 22", {
    ...claimed,
    claimer: "opencode",
    leaseUntil: monthEnd - 3 * hour,
  });
  action(hour, proxy, "Answer the review on the retry budget", {
    ...claimed,
    claimer: "codex",
    leaseUntil: monthEnd + 22 * minute,
  });
  action(25 * minute, proxy, "Write the fixture for a reset header in seconds");
  const point = (ago: number, workspace: string, init: object) =>
    list.push({ kind: "pointer", init: { active: true, ...init }, workspace, ...at(ago) });
  point(3 * day, dashboard, { type: "branch", ref: "feature/palette", commit: "5b0de7a1".repeat(5) });
  point(3 * day, dashboard, { type: "pr", number: 18 });
  point(28 * hour, handbook, { type: "branch", ref: "main" });
  point(5 * hour, proxy, { type: "branch", ref: "fix/limit-window", commit: head });
  point(5 * hour, proxy, { type: "pr", number: 42 });
  point(5 * hour, proxy, { type: "issue", number: 17 });
  const session = (ago: number, workspace: string, id: string, phase: "start" | "compact" | "end") =>
    list.push({ kind: "sessionMark", init: { phase }, workspace, session: `s-${id.repeat(16)}`, ...at(ago) });
  session(26 * hour, dashboard, "a", "end");
  session(5 * hour, proxy, "b", "compact");
  session(40 * minute, proxy, "c", "start");
  const model = (ago: number, name: string, state: "available" | "limited" | "error" | "retry", init: object = {}) =>
    list.push({ kind: "modelHealth", init: { provider: "opencode-zen", model: name, state, ...init }, ...at(ago) });
  model(3 * hour, "glm-4.6", "error", { lastStatus: 502 });
  model(50 * minute, "moonshotai/kimi-k2", "available", { lastStatus: 200, remaining: 131, limit: 200 });
  model(4 * minute, "grok-code", "available", { lastStatus: 200 });
  model(2 * minute, "big-pickle", "available", { lastStatus: 200 });
  const until = { lastStatus: 429, remaining: 0, limit: 50, limitResetsAt: monthEnd + 87 * minute };
  model(minute, "qwen/qwen3-coder:free", "limited", until);
  list.push({
    kind: "runtimeSummary",
    init: {
      name: "opencode-proxy",
      port: 3000,
      up: true,
      version: "1.9.2",
      routing: "failover",
      uptimeSeconds: 11_400,
      windowSeconds: 300,
      requests: 41,
      failures: 2,
    },
    ...at(4 * minute),
  });
  list.push({
    kind: "configFact",
    init: { subject: "opencode", name: "default_model", value: "grok-code" },
    ...at(day),
  });
  list.push({ kind: "configFact", init: { subject: "codex", name: "hooks_trust", value: "trusted" }, ...at(day) });
  return list.sort((a, b) => Number(a.observedAt) - Number(b.observedAt));
}

/** Lets the month happen on a machine, whose clock then stands at its end. */
export async function month(machine: Machine): Promise<void> {
  Object.assign(machine.env, { BATON_NOW: String(monthEnd), BATON_GIT_MS: "20000" });
  const { project: cwd, env } = machine;
  const git = (...args: string[]) => execFileSync("git", args, { cwd, env, encoding: "utf8" }).trim();
  git("remote", "set-url", "origin", `https://${proxy}.git`);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ scripts: { test: "node --eval 0" } }));
  git("add", ".");
  git("commit", "--message=Add a check");
  git("switch", "--create", "fix/limit-window");
  const file = join(machine.root, "usage.jsonl");
  writeFileSync(file, `${usageLines().join("\n")}\n`);
  baton(machine, "import", "usage", file);
  // The library takes its clock from the environment of the process.
  const before = process.env.BATON_NOW;
  process.env.BATON_NOW = String(monthEnd);
  try {
    const recorder = openBaton({ client: "codex", home: machine.batonHome, workspace: proxy });
    recorder.recordAll(records(git("rev-parse", "HEAD")));
    await recorder.close();
  } finally {
    if (before === undefined) delete process.env.BATON_NOW;
    else process.env.BATON_NOW = before;
  }
  baton(machine, "run", "--label", "smoke", "--", "npm", "test");
}
