import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { bundle } from "../../../conformance/bundle.js";
import { drawFrom } from "../../../conformance/draw.js";
import { readFolder, recordsOf } from "../../src/segment/folder.js";
import { compactedHome } from "./compaction.js";
import { age } from "./mirror.js";
import { firstSeed, isDeep, say } from "./runs.js";
import { linesOf, linesOfRust } from "./rust.js";

const state = compactedHome();

/** A process of a test, and what it has told so far. */
function start(entry: string, ...args: string[]) {
  const program = bundle(`ts/test/crash/${entry}.ts`, join(state.home, entry));
  const child = spawn(process.execPath, [program, state.home, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const told: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => told.push(data));
  return {
    child,
    ended: new Promise((resolve) => child.once("close", resolve)),
    told: () => Buffer.concat(told).toString(),
  };
}

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

it(`two compactions at once, stopped, overtaken and killed, beside a writer that is stopped, lose nothing (BATON_SEED=${firstSeed})`, async () => {
  const draw = drawFrom(firstSeed);
  const writer = start("recording", isDeep ? "6000" : "600");
  let compactions = [start("compacting"), start("compacting")];
  const counts = { stops: 0, overtaken: 0, kills: 0, readings: 0 };
  while (isAlive(writer.child)) {
    const stopped = [writer, ...compactions][draw(3)]!;
    stopped.child.kill("SIGSTOP");
    counts.stops++;
    await pause(draw(60));
    // Ten minutes and two days, as the folder tells them: whoever is stopped may be overtaken.
    if (stopped !== writer && draw(2) === 0 && existsSync(state.locks)) {
      age(state.dir, 3 * 86_400_000);
      age(state.locks, 11 * 60_000);
      counts.overtaken++;
      await pause(draw(60));
    }
    const acknowledged = writer.told().split("\n").slice(0, -1);
    const loaded = [...recordsOf(readFolder(state.dir))].map((record) => `${record.writer} ${record.seq}`);
    counts.readings++;
    expect(new Set(loaded).size).toBe(loaded.length);
    const found = new Set(loaded);
    expect(acknowledged.filter((each) => !found.has(each))).toEqual([]);
    if (stopped !== writer && draw(4) === 0) {
      stopped.child.kill("SIGKILL");
      counts.kills++;
      await stopped.ended;
      // The other one may be taking a lease meanwhile.
      rmSync(state.locks, { recursive: true, force: true, maxRetries: 10 });
      compactions = [...compactions.filter((each) => each !== stopped), start("compacting")];
    } else stopped.child.kill("SIGCONT");
    await pause(draw(40));
  }
  await writer.ended;
  expect(writer.child.exitCode).toBe(0);
  for (const { child } of compactions) child.stdin.end();
  await Promise.all(compactions.map(({ ended }) => ended));
  const ran = compactions.map(({ told }) => told().trim());
  const acknowledged = writer.told().split("\n").slice(0, -1);
  const loaded = [...recordsOf(readFolder(state.dir))].map((record) => `${record.writer} ${record.seq}`);
  expect(loaded.sort()).toEqual(acknowledged.sort());
  const [lines] = linesOfRust([state.files()]);
  expect(lines, "as Rust loads them").toEqual(linesOf(state.files()));
  say(
    `processes: ${acknowledged.length} records, ${JSON.stringify(counts)}, compactions that ran and gave way: ${ran.join(", ")} (BATON_SEED=${firstSeed})`,
  );
}, 600_000);
