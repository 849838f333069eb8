/**
 * `npm run strace`: each system call on the state directory of a fixed scenario fails with EIO; each that changes something
 * fails with ENOSPC too, and SIGKILL comes before it; in both languages, each read by both afterwards. Prints a table.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../bundle.js";
import { faultsOf, type Outcome, runOnce, type Subject, subjects } from "./injected.js";
import { type At, type Fault, whyNot } from "./strace.js";

/** Most runs until a fault comes to the call that it is meant for. */
const mostTries = 5;

const why = whyNot();
if (why !== undefined) {
  process.stdout.write(`[skip] ${why}\n`);
} else {
  process.exitCode = await runMatrix();
}

/** Runs all of it; 1 where the law was broken anywhere, and where nothing was tried. */
async function runMatrix(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "baton-strace-"));
  const started = performance.now();
  try {
    const scenario = bundle("conformance/system/scenario.ts", scratch);
    let failures = 0;
    let points = 0;
    for (const subject of subjects) {
      const rows = await runSubject(subject, scenario, scratch);
      for (const [call, { tried, broken }] of [...rows].sort()) {
        process.stdout.write(`${subject.padEnd(10)} ${call.padEnd(12)} ${tally(tried)}  law broken ${broken.length}\n`);
        failures += broken.length;
        points += [...tried.values()].reduce((sum, count) => sum + count, 0);
      }
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(`${points} points tried, ${failures} broke the law, ${seconds} s\n`);
    return failures > 0 || points === 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Row {
  readonly tried: Map<Fault, number>;
  readonly broken: string[];
}

function tally(tried: ReadonlyMap<Fault, number>): string {
  return (["EIO", "ENOSPC", "SIGKILL"] as const)
    .map((fault) => `${fault} ${tried.get(fault) ?? 0}`.padEnd(11))
    .join(" ");
}

/** On a busy machine a runtime makes other calls of its own, so that a number may come to one of them. */
async function runUntilHit(subject: Subject, scenario: string, scratch: string, point: At): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const outcome = await runOnce(subject, scenario, scratch, point);
    if (outcome.isHit || outcome.broken.length > 0 || tries === mostTries) return outcome;
  }
}

async function runSubject(subject: Subject, scenario: string, scratch: string): Promise<Map<string, Row>> {
  const work = await faultsOf(subject, scenario, scratch);
  const rows = new Map<string, Row>();
  const next = async (): Promise<void> => {
    for (let point = work.shift(); point !== undefined; point = work.shift()) {
      const row: Row = rows.get(point.call) ?? { tried: new Map(), broken: [] };
      rows.set(point.call, row);
      const { broken, isHit } = await runUntilHit(subject, scenario, scratch, point);
      if (isHit) row.tried.set(point.fault, (row.tried.get(point.fault) ?? 0) + 1);
      for (const line of broken) {
        row.broken.push(line);
        process.stdout.write(`broken: ${subject}, ${point.call} ${point.number} ${point.fault}: ${line}\n`);
      }
      const left = work.length;
      if (left % 50 === 0) process.stdout.write(`${subject}: ${left} points left\n`);
    }
  };
  await Promise.all([next(), next()]);
  return rows;
}
