/** What the tests of the Codex integration work with: a repository, a state directory, and sessions that were captured. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, vi } from "vitest";
import { openClient } from "../../src/client/client.js";
import { shownRecords } from "../../src/client/state.js";
import { openBaton } from "../../src/index.js";
import { pickEvent } from "../../src/integrations/codex/event.js";
import { type HookHost, handleHook } from "../../src/integrations/codex/hook.js";
import { readFolder } from "../../src/segment/folder.js";

/** The workspace of every place. */
export const workspace = "github.com/acme/proxy";

/** The JSON that one hook got. */
export type HookInput = Record<string, unknown>;

/** One line of a rollout file. */
export interface RolloutLine {
  type: string;
  payload: { type?: string; item?: Record<string, unknown> } & Record<string, unknown>;
}

/** A session that `e2e/capture.ts` wrote down. */
export interface Captured {
  hooks: HookInput[];
  rollout?: RolloutLine[];
}

/** A recorded Validation, by JSON names. */
export interface RecordedCheck {
  command?: string;
  exitCode?: number;
  durationMs?: number;
  commit?: string;
  source?: number;
  treeDigest?: string;
  worktree?: string;
}

/** Numbers of baton.state.v1.ValidationSource. */
export const sources = { hook: 2, reported: 4 };

/** A repository with one commit, beside a state directory. */
export interface Place {
  readonly root: string;
  readonly home: string;
  readonly repository: string;
  readonly env: Record<string, string>;
  /** Where a rollout of the session may lie. */
  readonly transcript: string;
  /** Hands one event to the hook; gives what it prints. */
  hook(input: HookInput, host?: Partial<HookHost>): Promise<string>;
  git(...args: string[]): string;
  write(path: string, text: string): void;
  checks(): RecordedCheck[];
  /** Phases of the sessions of the workspace, by alias. */
  sessions(): { session?: string; phase?: number }[];
  /** Names of the checks that have begun and not ended. */
  pending(): string[];
  /** Reasons and counts of what was dropped, as the headers of segments tell. */
  dropped(): [number, number][];
}

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function makePlace(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "baton-codex-")));
  folders.push(root);
  const [home, repository] = [join(root, "state"), join(root, "repository")];
  mkdirSync(repository);
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOME: join(root, "user"),
    GIT_CONFIG_NOSYSTEM: "1",
    BATON_GIT_MS: "20000",
  };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: repository,
      env,
      encoding: "utf8",
    });
  const write = (path: string, text: string) => writeFileSync(join(repository, path), text);
  git("init", "-q", "-b", "main");
  git("remote", "add", "origin", "https://github.com/Acme/Proxy.git");
  write("file.txt", "one\n");
  git("add", ".");
  git("commit", "-q", "-m", "start");
  const reader = () => openClient({ name: "cli", dir: repository, env, home, writes: false });
  const shown = (kind: string) => shownRecords(reader().state(), kind, workspace);
  return {
    root,
    home,
    repository,
    env,
    transcript: join(root, "rollout.jsonl"),
    git,
    write,
    async hook(input, given = {}) {
      const event = pickEvent(input);
      if (event === undefined) return "";
      // What is recorded bears the time of the place, too, or it would be from its future.
      if (env.BATON_NOW !== undefined) vi.stubEnv("BATON_NOW", env.BATON_NOW);
      const baton = openBaton({ client: "codex", home, durability: "written" });
      const host: HookHost = { name: "codex", dir: repository, env, home, baton, isHearsay: false, ...given };
      const output = await handleHook(event, host);
      await baton.safe.close();
      return output;
    },
    checks: () => shown("validation").map(({ validation }) => validation as RecordedCheck),
    sessions: () =>
      shown("session_mark").map(({ session, sessionMark }) => ({
        session: session as string,
        phase: (sessionMark as { phase: number }).phase,
      })),
    pending() {
      try {
        return readdirSync(join(home, "pending"));
      } catch {
        return [];
      }
    },
    dropped: () =>
      readFolder(join(home, "segments")).segments.flatMap(({ scanned }) =>
        (scanned.header?.dropped ?? []).map(({ reason, count }): [number, number] => [reason, count]),
      ),
  };
}

/** A captured session. `commands` puts checks in the place of commands that are none; all else is as Codex sent it. */
export function captured(place: Place, name: string, commands: Record<string, string> = {}): Captured {
  let text = readFileSync(`fixtures/clients/codex/${name}.json`, "utf8");
  for (const [from, to] of Object.entries(commands)) text = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  text = text.replaceAll("/machine/project", place.repository);
  text = text.replaceAll(/"\/machine\/codex\/sessions[^"]*-([0-9a-f]{12})\.jsonl"/g, (_, id: string) =>
    JSON.stringify(transcriptOf(place, id)),
  );
  return JSON.parse(text) as Captured;
}

function transcriptOf(place: Place, id: string): string {
  return `${place.transcript}.${id}`;
}

/**
 * Plays a session: each hook finds the rollout as it was then, that is with the end of its own command, and without what
 * only came after it. Gives what the hooks printed.
 */
export async function play(place: Place, { hooks, rollout = [] }: Captured): Promise<string[]> {
  const outputs: string[] = [];
  const files = sessionFiles(rollout);
  for (const input of hooks) {
    for (const { id, lines } of files) {
      const end = lineOf(lines, input);
      const text = lines.slice(0, end).map((line) => `${JSON.stringify(line)}\n`);
      writeFileSync(transcriptOf(place, id.slice(-12)), text.join(""));
    }
    outputs.push(await place.hook(input));
  }
  return outputs;
}

/** The rollouts of a session and of its subagents. */
function sessionFiles(rollout: readonly RolloutLine[]): { id: string; lines: RolloutLine[] }[] {
  const files: { id: string; lines: RolloutLine[] }[] = [];
  for (const line of rollout) {
    if (line.type === "session_meta") files.push({ id: String(line.payload.id), lines: [] });
    files.at(-1)?.lines.push(line);
  }
  return files;
}

/** How many lines there are when a hook runs. */
function lineOf(lines: readonly RolloutLine[], { hook_event_name, tool_use_id }: HookInput): number {
  const behind = (found: number) => (found < 0 ? 1 : found + 1);
  switch (hook_event_name) {
    case "PostToolUse":
      return behind(lines.findIndex(({ payload }) => payload.item?.id === tool_use_id));
    case "Stop":
      return behind(lines.findIndex(({ payload }) => payload.type === "task_complete") - 1);
    case "Interrupt":
      return behind(lines.findIndex(({ payload }) => payload.type === "turn_aborted"));
    case "SessionEnd":
      return lines.length;
    default:
      return 1;
  }
}

/** The first line of a rollout, and one that tells the end of a command. */
export const rolloutHead = (session: string): string =>
  `${JSON.stringify({ type: "session_meta", payload: { id: session, session_id: session } })}\n`;

export function rolloutEnd(id: string, exitCode: number, command: string, dir = "/tmp", output = ""): string {
  const item = {
    type: "CommandExecution",
    id,
    command: ["/bin/bash", "-lc", command],
    cwd: pathToFileURL(dir).href,
    aggregated_output: output,
    exit_code: exitCode,
    duration: { secs: 1, nanos: 500_000_000 },
  };
  return `${JSON.stringify({ type: "event_msg", payload: { type: "item_completed", item } })}\n`;
}
