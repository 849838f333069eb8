/**
 * A day in the life, with the real clients: work in Codex, a quota limit, on in OpenCode, compaction, a third session that
 * claims, a hand-off. Prints a transcript with every brief and its count of tokens; `--write` puts it into
 * docs/integrations.md. The model is scripted; everything else is real.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { baton, built, recorded } from "./baton.js";
import { install, pinned } from "./clients.js";
import { codexExec, writeCodexConfig } from "./codex.js";
import { isolate, type Machine } from "./isolate.js";
import { type Scripted, usageLimit } from "./mock-model/script.js";
import { type MockModel, type Received, startMockModel } from "./mock-model/server.js";
import { opencodeRun, writeOpencodeConfig } from "./opencode.js";
import type { Run } from "./run.js";
import { trustHooksAsUser } from "./trust.js";

const page = "docs/integrations.md";
const lines: string[] = [];

for (const name of ["codex", "opencode"] as const) {
  const reason = install(name);
  if (reason !== undefined) throw new Error(`${pinned[name].package} cannot be installed: ${reason}`);
}
const mock = await startMockModel();
const machine = isolate("codex", "opencode");
try {
  await day(machine, mock);
} finally {
  await mock.close();
  machine.remove();
}
const transcript = lines.join("\n");
process.stdout.write(`${transcript}\n`);
if (process.argv.includes("--write")) {
  const text = readFileSync(page, "utf8");
  const between = /(<!-- day -->\n)[\s\S]*(<!-- end of day -->)/;
  writeFileSync(
    page,
    text.replace(between, (_, head: string, tail: string) => `${head}${transcript}\n${tail}`),
  );
}

async function day(machine: Machine, mock: MockModel): Promise<void> {
  machine.env.BATON_GIT_MS = "20000";
  prepareProject(machine);
  writeCodexConfig(machine, mock.url);
  writeOpencodeConfig(machine, mock.url, { context: 100_000 });

  say(`Codex ${pinned.codex.version}, OpenCode ${pinned.opencode.version}; run with \`npx tsx e2e/day.ts --write\`.`);
  heading("Morning: Baton is put in, and Codex works until its quota is used up");
  shown("baton init", initSummary());
  await trustHooksAsUser(machine);
  say("The user trusts the hooks in Codex with `/hooks`.");
  const morning = await session("codex", [
    { shell: "npm test" },
    { tool: "baton__note", args: { text: "the limit is read before the store is open", category: "finding" } },
    { tool: "baton__next_add", args: { text: "open the store before the limit is read" } },
    { tool: "baton__next_add", args: { text: "answer the review of the pull request" } },
    () => usageLimit(Date.now() + 5_400_000),
  ]);
  say(
    `Codex ends: exit ${morning.exit}, the quota of its plan is used up. Its rollout tells until when, and Baton records it.`,
  );

  heading("Noon: on in OpenCode, which takes the action over");
  await session("opencode", [
    (request) => ({ tool: "baton_next_claim", args: { id: actionIn(request, "open the store"), as: "noon" } }),
    { shell: "node fix.js" },
    { shell: "npm test", inputTokens: 200_000 },
    { shell: "npm run lint" },
    { text: "The store opens first now." },
  ]);

  heading("Afternoon: a third session wants the same action, and takes the other one");
  await session("codex", [
    (request) => ({ tool: "baton__next_claim", args: { id: actionIn(request, "open the store") } }),
    (request) => ({ tool: "baton__next_claim", args: { id: actionIn(request, "answer the review") } }),
    (request) => ({ tool: "baton__next_done", args: { id: actionIn(request, "answer the review") } }),
    { text: "The review is answered." },
  ]);
  say(`The first claim was answered with \`${refusal(mock)}\`.`);

  heading("Evening: the quota of OpenCode's model ends too, and the hand-off says until when");
  await untilLimited();
  const id = /claimed: (a-[0-9a-f]{16}) "open the store/.exec(baton(machine, "resume"))?.[1] ?? "";
  baton(machine, "next", "done", id, "--as", "noon", "--quiet");
  baton(machine, "note", "the store opens first now, release it tomorrow", "--category", "decision");
  shown("baton resume", withTokens(baton(machine, "resume")));
  heading("The next morning, in OpenCode");
  await session("opencode", [{ text: "Good morning." }]);
}

/** Runs a session of a client with a script, and shows each brief that the model was given, as often as it changed. */
async function session(client: "codex" | "opencode", script: Scripted[]): Promise<Run> {
  mock.script(script);
  const ended = await (client === "codex" ? codexExec : opencodeRun)(machine, "go on", { timeout: 240_000 });
  let last = "";
  for (const request of mock.received) {
    const brief = briefIn(request);
    if (brief === undefined || brief === last) continue;
    last = brief;
    const when = request.purpose === "turn" ? "a request" : `the request for ${request.purpose}`;
    shown(`${client === "codex" ? "Codex" : "OpenCode"}, the brief in ${when}`, withTokens(brief));
  }
  if (last === "") throw new Error(`no brief reached the model: ${ended.stderr.slice(-2000)}`);
  return ended;
}

/** The newest brief in what the model received: the last text of the request that has one, from its title on. */
function briefIn({ body }: Received): string | undefined {
  const found = textsOf(body).findLast((text) => /Baton brief[^\n]* at \d{4}-/.test(text));
  return found?.slice(found.search(/Baton brief[^\n]* at \d{4}-/)).replace(/\n*$/, "\n");
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** Id of the action whose text starts so, as the model read it in the brief. */
function actionIn(request: string, text: string): string {
  const id = new RegExp(`(a-[0-9a-f]{16}) \\\\+"${text}`).exec(request)?.[1];
  if (id === undefined) throw new Error(`no action "${text}" in the request`);
  return id;
}

function refusal(mock: MockModel): string {
  const texts = mock.received.flatMap(({ body }) => textsOf(body));
  return /error\[BTN-C01\][^\n"\\]*/.exec(texts.join("\n"))?.[0] ?? "";
}

function prepareProject({ project, env }: Machine): void {
  const scripts = { test: "node test.js", lint: "node --check store.js" };
  writeFileSync(join(project, "package.json"), `${JSON.stringify({ private: true, scripts }, null, 2)}\n`);
  writeFileSync(join(project, "store.js"), "module.exports = { isOpen: false };\n");
  writeFileSync(join(project, "test.js"), 'process.exit(require("./store.js").isOpen ? 0 : 1);\n');
  const fixed = JSON.stringify("module.exports = { isOpen: true };\n");
  writeFileSync(join(project, "fix.js"), `require("node:fs").writeFileSync("store.js", ${fixed});\n`);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: project, env, stdio: "ignore" });
  git("add", ".");
  git("commit", "--message=Add a store");
  git("switch", "--create", "fix/limit");
}

/** What init says behind its diffs, without the folders of this machine. */
function initSummary(): string {
  const args = [built("cli.js"), "init"];
  const { stderr } = spawnSync(process.execPath, args, { cwd: machine.project, env: machine.env, encoding: "utf8" });
  return stderr.replaceAll(machine.root, "…");
}

/** A session that meets a limit of two hours, and is killed while it waits. */
async function untilLimited(): Promise<void> {
  const limits = () => recorded(machine, "modelHealth").filter(({ state }) => state === "MODEL_STATE_LIMITED").length;
  const before = limits();
  mock.script([{ status: 429, headers: { "retry-after": "7200" } }]);
  await opencodeRun(machine, "go on", {
    timeout: 240_000,
    interrupt: {
      signal: "SIGKILL",
      when: () => limits() > before,
    },
  });
}

function withTokens(brief: string): string {
  return `${brief}(${countTokens(brief)} tokens, ${Buffer.byteLength(brief)} bytes)`;
}

function heading(text: string): void {
  lines.push(`### ${text}`, "");
}

function say(text: string): void {
  lines.push(text, "");
}

function shown(title: string, text: string): void {
  lines.push(`${title}:`, "", "```", text.trimEnd(), "```", "");
}
