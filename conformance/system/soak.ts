/**
 * `npm run soak`: eight writers and two readers that follow, of both languages, on one state directory, while they are
 * killed and stopped, clocks jump, and gc, merges and rebuilds of the index run at random moments. The law is judged all the
 * while by what both programs export, and at the end by everything. BATON_SOAK_SECONDS (600) and BATON_SEED.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { bundle } from "../bundle.js";
import { drawFrom } from "../draw.js";
import { endOf, type Member, type Ship, start } from "./crew.js";
import { doctor, type Found, foundByRust, problemsIn, programs, recordsIn } from "./found.js";
import { breaches, mayGo, newlyTold, type Told } from "./oracle.js";
import { counts, Storm, writers } from "./storm.js";

const seconds = Number(process.env.BATON_SOAK_SECONDS ?? 600);
const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));
const judgedEvery = Math.max(5, seconds / 8) * 1000;
const run = promisify(execFile);

process.stdout.write(`BATON_SEED=${seed} BATON_SOAK_SECONDS=${seconds}\n`);
const place = mkdtempSync(join(tmpdir(), "baton-soak-"));
try {
  process.exitCode = await soak();
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** All of it; 1 where anything went wrong. */
async function soak(): Promise<number> {
  const home = join(place, "state");
  mkdirSync(join(home, "segments"), { recursive: true, mode: 0o700 });
  const [forWriters, forReaders] = [mkdtempSync(join(place, "write-")), mkdtempSync(join(place, "follow-"))];
  const ship: Ship = {
    home,
    env: { PATH: process.env.PATH, HOME: place, TZ: "UTC" },
    write: bundle("conformance/system/write.ts", forWriters),
    follow: bundle("conformance/system/follow.ts", forReaders),
    told: newlyTold(),
    failures: [],
  };
  const readers = [
    start(ship, [process.execPath, ship.follow, home]),
    start(ship, [programs.system, "follow", home]),
  ] as const;
  const draw = drawFrom(seed);
  const storm = new Storm(ship, draw, readers);
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  let judged = 0;
  let judging: Promise<void> = Promise.resolve();
  while (elapsed() < seconds * 1000) {
    await pause(100 + draw(350));
    if (elapsed() > seconds * 667) storm.clocks = "any";
    storm.step();
    if (elapsed() > (judged + 1) * judgedEvery) {
      judged++;
      judging = judging.then(() => judgeMeanwhile(ship));
    }
  }
  await storm.settled();
  await judging;
  await Promise.all(storm.crew.map(endOf));
  await judgeAtTheEnd(ship, readers);
  return report(ship, readers, judged);
}

/** The law while everything goes on: what was promised before is there, and nothing that was not attempted until after. */
async function judgeMeanwhile(ship: Ship): Promise<void> {
  const acknowledged = new Map(ship.told.acknowledged);
  for (const found of await Promise.all([exported(ship), foundByRust(ship.home).catch(() => undefined)])) {
    // The lines of what was attempted are in the pipes before anything is in a segment.
    await pause(1000);
    if (found) ship.failures.push(...breaches({ ...ship.told, acknowledged }, recordsIn(found), true));
    else ship.failures.push("an export failed");
  }
}

async function exported({ home, env }: Ship): Promise<Found> {
  const baton = async (...words: readonly string[]): Promise<string> => {
    const options = { env, maxBuffer: 1 << 30 };
    return (await run(process.execPath, [programs.baton, ...words, "--home", home], options)).stdout;
  };
  const lines = (await baton("export", "--jsonl")).split("\n").slice(0, -1);
  return { lines, verify: await baton("verify", "--json") };
}

/** The law where everything stands still, in both languages and for both readers. */
async function judgeAtTheEnd(ship: Ship, readers: readonly Member[]): Promise<void> {
  const { told, failures, home } = ship;
  // What one program merges behind its answer the next one would find in other segments.
  const env = { ...ship.env, BATON_MERGE_MS: "0" };
  const [ts, rust] = [await exported({ ...ship, env }), await foundByRust(home)];
  failures.push(...breaches(told, recordsIn(rust), true));
  if (ts.lines.join("\n") !== rust.lines.join("\n")) failures.push("the languages find other records");
  if (ts.verify !== rust.verify) failures.push("the languages find other damage");
  if (problemsIn(rust) > 0) failures.push(`damage that nobody made: ${problemsIn(rust)} problems`);
  const there = recordsIn(rust).map(({ name }) => name);
  for (const [i, reader] of readers.entries()) {
    await endOf(reader);
    const seen = reader.lines.filter((line) => line.startsWith("counts ")).map((line) => line.slice(7));
    if (seen.sort().join() !== [...there].sort().join())
      failures.push(`reader ${i} saw ${seen.length} records of ${there.length} that count`);
  }
  failures.push(...told.twice.map((name) => `a reader saw ${name} twice`));
  failures.push(...told.gone.filter((name) => !mayGo(name)).map((name) => `a reader saw ${name} go`));
  failures.push(...told.errors.map((error) => `refused: ${error}`));
  const words = [programs.baton, "status", "--json", "--home", home];
  const now = { ...env, BATON_NOW: String(Date.now()) };
  const { stdout } = await run(process.execPath, words, { env: now, maxBuffer: 1 << 30 });
  const other = await run(programs.doctor, words.slice(1), { env: now, maxBuffer: 1 << 30 });
  if (stdout !== other.stdout) failures.push("the languages tell of other states");
  await doctor(home, "check", "--offline", "--json");
}

function report({ told, failures, home }: Ship, readers: readonly Member[], judged: number): number {
  const files = readdirSync(join(home, "segments"));
  const bytes = files.reduce((sum, file) => sum + statSync(join(home, "segments", file)).size, 0);
  const old = oldOf(told);
  const lines = [
    `${writers} writers, ${readers.length} readers, ${seconds} s, seed ${seed}`,
    `records: ${told.tried.size} attempted, ${told.acknowledged.size} acknowledged, ${old} of them past retention`,
    `kills ${counts.kills}, stops ${counts.stops}, ends ${counts.ends}, spoilt tails ${counts.tails}`,
    `clock jumps: ${told.jumps} recorders, ${counts.jumps} programs`,
    `gcs ${counts.gcs} and ${counts.gcsKilled} killed, merges due ${counts.merges}, crowds ${counts.crowds}`,
    `rebuilds ${counts.rebuilds} and ${counts.rebuildsKilled} killed, other answers ${counts.answers}`,
    `readings of news and anew: ${readers.map(({ lines }) => lines.at(-1)?.slice(5)).join("; ")}`,
    `seen to go by retention: ${new Set(told.gone).size}; at the end ${files.length} segments, ${bytes} bytes`,
    `judged ${judged} times meanwhile, and at the end`,
    ...failures.slice(0, 50),
    failures.length === 0 ? "the law held" : `the law was broken: ${failures.length} lines`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return failures.length === 0 ? 0 : 1;
}

function oldOf({ acknowledged }: Told): number {
  return [...acknowledged.keys()].filter(mayGo).length;
}
