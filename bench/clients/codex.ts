/** Command hooks of Codex: a process for each event, started as Codex does it, `$SHELL -lc COMMAND` with pipes. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readState, shownRecords } from "../../ts/src/client/state.js";
import { openHome } from "../../ts/src/home/home.js";
import { shellWord } from "../../ts/src/init/launcher.js";
import { workspace } from "./homes.js";
import { inTurns, type Row, type Sample, shown } from "./measure.js";
import type { Place, WiredHome } from "./place.js";
import { captureSession, type HookInput } from "./session.js";

/** Rows of the hooks, beside two commands that do nothing and are started in the same way. */
export async function measureCodex(place: Place, empty: WiredHome, full: WiredHome): Promise<Row[]> {
  const session = captureSession(place);
  const start = (command: string, input: HookInput) => startCommand(place, command, input);

  /** Times one event after `prepare`; it has to leave `records` segments more, and at SessionStart a brief. */
  const hook = (
    home: WiredHome,
    input: HookInput,
    { records, prepare = session.running }: { records: number; prepare?: () => void },
  ): Sample => {
    return () => {
      home.restore();
      prepare();
      const { ms, output } = start(home.hookCommand, input);
      const isBrief = output.includes("Baton brief");
      if (home.count() !== home.segments + records || isBrief !== (input === session.start))
        throw new Error(`the hook at ${input.hook_event_name} did not do its work: ${output}`);
      return ms;
    };
  };
  const rowOf = (home: WiredHome) => ({
    start: hook(home, session.start, { records: 1 }),
    before: hook(home, session.beforeCheck, { records: 0 }),
    check: hook(home, session.afterCheck, {
      records: 1,
      prepare: () => {
        session.running();
        start(home.hookCommand, session.beforeCheck);
        session.ended();
      },
    }),
    other: hook(home, session.afterOther, { records: 0 }),
  });
  const [small, large] = [rowOf(empty), rowOf(full)];
  const times = await inTurns({
    true: () => start("true", session.start).ms,
    node: () => start(`${shellWord(process.execPath)} -e 0`, session.start).ms,
    start: small.start,
    startFull: large.start,
    startFirst: hook(full, session.start, {
      records: 1,
      prepare: () => rmSync(join(full.dir, "latest.json")),
    }),
    before: small.before,
    beforeFull: large.before,
    other: small.other,
    otherFull: large.other,
    // Last, so that what it recorded is still there.
    check: small.check,
    checkFull: large.check,
  });
  for (const home of [empty, full]) expectExitCode(home, session.exitCode);
  const beside = `\`node -e 0\` ${shown(times.node)}, \`true\` ${shown(times.true)}`;
  return [
    ["Codex command hook, SessionStart: the brief", shown(times.start), shown(times.startFull), beside, ""],
    ["the same without a snapshot: all segments are read", "", shown(times.startFirst), beside, ""],
    ["Codex command hook, PreToolUse of a check", shown(times.before), shown(times.beforeFull), beside, ""],
    ["Codex command hook, PostToolUse of a check", shown(times.check), shown(times.checkFull), beside, ""],
    ["Codex command hook, PostToolUse of no check", shown(times.other), shown(times.otherFull), beside, ""],
  ];
}

/** A check that is not found in the rollout is recorded as well, but costs another thing. */
function expectExitCode({ dir }: WiredHome, exitCode: number): void {
  const state = readState(openHome({ home: dir, env: {} }), Date.now());
  const checks = shownRecords(state, "validation", workspace).map(({ validation }) => validation);
  if (!checks.some((check) => (check as { exitCode?: number }).exitCode === exitCode))
    throw new Error("the hook did not find out how the check ended");
}

function startCommand(place: Place, command: string, input: HookInput): { ms: number; output: string } {
  const begun = performance.now();
  const ended = spawnSync(place.env.SHELL ?? "/bin/sh", ["-lc", command], {
    cwd: place.repository,
    env: place.env,
    // Nobody may read it, and then writing it fails: what is empty need not read.
    input: `${JSON.stringify(input)}\n`,
    encoding: "utf8",
  });
  const ms = performance.now() - begun;
  if (ended.status !== 0) throw new Error(`${command} ended with ${ended.status}: ${ended.stderr}`);
  return { ms, output: ended.stdout };
}
