/**
 * `npm run bench:memory-server`: what is left of 4 clients × 100 acknowledged writes into one store, of the popular MCP memory
 * server, of `baton mcp` and of Baton's recorder; and again where the server of one client is killed in the middle. It prints a
 * table, and with `--write` puts it into docs/durability-figures.md. BENCH_ROUNDS changes the rounds of each (3), BATON_SEED
 * the moments of the kills.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { drawFrom } from "../../conformance/draw.js";
import { makePlace } from "../clients/place.js";
import { installModule } from "../modules.js";
import { machine, markdownTable, publish } from "../page.js";
import { batonServer, memoryPackage, memoryServer, recorder, type Store } from "./memory-stores.js";

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seed = Number(process.env.BATON_SEED ?? Date.now() % 1_000_000);
const draw = drawFrom(seed);
const [clients, writes] = [4, 100];

/** One way to write, and what came of it, over all rounds. */
interface Trial {
  readonly store: Store;
  /** Writes of one client through one process; then it starts another one. */
  readonly inSession: number;
  /** Whether the process of the first client is killed. */
  readonly kills: boolean;
}

interface Outcome {
  attempted: number;
  acknowledged: number;
  refused: number;
  kept: number;
  lost: number;
  twice: number;
  sound: number;
  litter: number;
  seconds: number;
}

execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
installModule(memoryPackage.name, memoryPackage.version);
console.log(`BATON_SEED=${seed}`);
const place = makePlace();
try {
  const [memory, baton] = [memoryServer(place), batonServer(place)];
  const trials: Trial[] = [
    { store: memory, inSession: writes, kills: false },
    { store: baton, inSession: writes, kills: false },
    { store: recorder, inSession: writes, kills: false },
    { store: memory, inSession: 25, kills: false },
    { store: baton, inSession: 25, kills: false },
    { store: memory, inSession: 25, kills: true },
    { store: baton, inSession: 25, kills: true },
    { store: recorder, inSession: writes, kills: true },
  ];
  const rows: string[][] = [];
  for (const trial of trials) {
    const outcome: Outcome = {
      attempted: 0,
      acknowledged: 0,
      refused: 0,
      kept: 0,
      lost: 0,
      twice: 0,
      sound: 0,
      litter: 0,
      seconds: 0,
    };
    for (let round = 0; round < rounds; round++) await play(trial, outcome);
    rows.push(rowOf(trial, outcome));
  }
  const head = ["store", "each client", "tried", "acknowledged", "refused", "kept", "acknowledged and lost"];
  const text = [
    `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run bench:memory-server -- --write\`, ${rounds} rounds of each, BATON_SEED=${seed}, on a shared machine: ${machine()}.`,
    "",
    markdownTable([...head, "twice", "sound stores", "left litter", "seconds a round"], rows),
  ].join("\n");
  console.log(text);
  if (process.argv.includes("--write"))
    publish({ start: "memory-server", end: "end of memory-server" }, text, "docs/durability-figures.md");
} finally {
  place.remove();
}

/** One round on a new store. */
async function play(trial: Trial, outcome: Outcome): Promise<void> {
  const folder = join(mkdtempSync(join(place.root, "store-")), "state");
  mkdirSync(folder, { mode: 0o700 });
  const acknowledged = new Set<string>();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: clients }, (_, client) => writeAll(trial, folder, client, acknowledged, outcome)),
  );
  outcome.seconds += (performance.now() - start) / 1000 / rounds;
  const { texts, isSound, litter } = await trial.store.look(folder);
  const kept = new Set(texts);
  outcome.acknowledged += acknowledged.size;
  outcome.kept += kept.size;
  outcome.lost += [...acknowledged].filter((text) => !kept.has(text)).length;
  outcome.twice += texts.length - kept.size;
  outcome.sound += isSound ? 1 : 0;
  outcome.litter += litter;
}

/** What one client does: one write after the other, until all are tried or its process is killed. */
async function writeAll(
  { store, inSession, kills }: Trial,
  folder: string,
  client: number,
  acknowledged: Set<string>,
  outcome: Outcome,
): Promise<void> {
  // The process dies while it takes this write, so many milliseconds after it was asked.
  const [lastWrite, delay] = kills && client === 0 ? [51 + draw(20), draw(12)] : [undefined, 0];
  let session = await store.open(folder);
  for (let i = 0; i < writes; i++) {
    if (i > 0 && i % inSession === 0) {
      await session.close();
      session = await store.open(folder);
    }
    const text = `client ${client} has written line ${i}`;
    outcome.attempted += 1;
    const answer = session.write(text).then((isKept) => {
      if (isKept) acknowledged.add(text);
      else outcome.refused += 1;
    });
    if (i === lastWrite) {
      const isOver = answer.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, delay));
      await session.kill();
      await isOver;
      return;
    }
    await answer;
  }
  await session.close();
}

function rowOf({ store, inSession, kills }: Trial, outcome: Outcome): string[] {
  const sessions = inSession === writes ? "one session" : `${writes / inSession} sessions of ${inSession}`;
  const { attempted, acknowledged, refused, kept, lost, twice, sound, litter, seconds } = outcome;
  const how = `${writes} writes, ${sessions}${kills ? "; one is killed" : ""}`;
  const counts = [attempted, acknowledged, refused, kept, lost, twice].map((count) => count.toLocaleString("en"));
  return [store.label, how, ...counts, `${sound} of ${rounds}`, String(litter), seconds.toFixed(1)];
}
