import { expect, it, vi } from "vitest";
import { type Draw, drawFrom } from "../../../conformance/draw.js";
import type { Durability } from "../../src/segment/writer.js";
import { type Cut, cutPower, damageNames, nameLosses } from "./damage.js";
import { createDisk, type Disk, leftByProcess } from "./disk.js";
import { errorCodes, type Fault, type Plan } from "./faults.js";
import { type CrashFiles, crashFiles } from "./files.js";
import { breaches, emptyLedger, type Ledger, load } from "./law.js";
import { firstSeed, isDeep, randomRuns, say } from "./runs.js";
import { numbered, runSteps, type Step } from "./writing.js";

vi.setConfig({ testTimeout: 3_600_000 });

const hour = 3_600_000;
const years = 3650 * 24 * hour;

/** Goes on until the segment is a day old. */
const aDay: readonly Step[] = Array.from({ length: 25 }, (): Step[] => [
  { do: "wait", wall: hour - 1, monotonic: 0 },
  { do: "batch", records: 1 },
]).flat();

/** Every kind of call, in an order that shows each of them before, during and behind a sync. */
const everything: readonly Step[] = [
  { do: "batch", records: 2 },
  { do: "batch", records: 1 },
  { do: "flush" },
  { do: "batch", records: 3 },
  { do: "flush and batch", records: 2 },
  { do: "wait", wall: hour + 1, monotonic: hour + 1 },
  { do: "batch", records: 1 },
  { do: "flush" },
  { do: "wait", wall: 2000, monotonic: 2000 },
  { do: "batch", records: 2 },
  { do: "reopen" },
  { do: "batch", records: 1 },
  { do: "flush twice" },
  ...(isDeep ? aDay : []),
  { do: "flush and batch", records: 1 },
  { do: "wait", wall: -years, monotonic: 5 },
  { do: "batch", records: 2 },
  { do: "wait", wall: 2 * years, monotonic: 5 },
  { do: "batch", records: 1 },
  { do: "flush" },
];

const whole = undefined;
const halves = (given: number): number => Math.ceil(given / 2);
const everyCut: readonly Cut[] = damageNames.flatMap((damage) => nameLosses.map((names) => ({ damage, names })));

interface Run {
  readonly disk: Disk;
  readonly files: CrashFiles;
  readonly ledger: Ledger;
}

async function run(steps: readonly Step[], durability: Durability, plan: Plan): Promise<Run> {
  const disk = createDisk();
  const files = crashFiles(disk, plan);
  const ledger = emptyLedger();
  await runSteps(steps, durability, files, { ledger, records: numbered() });
  return { disk, files, ledger };
}

/** Breaches behind the end of the process, and behind every power cut of that moment. Gives how many were looked at. */
function judge({ disk, ledger }: Run, cuts: readonly Cut[], draw: Draw, where: string): number {
  expect(breaches(ledger, load(leftByProcess(disk)), "written"), where).toEqual([]);
  for (const cut of cuts) {
    const left = load(cutPower(disk, cut, draw));
    expect(breaches(ledger, left, "durable"), `${where}, power cut ${JSON.stringify(cut)}`).toEqual([]);
  }
  return cuts.length;
}

for (const durability of ["written", "durable"] as const)
  it(`a ${durability} writer keeps the law whichever call fails, once or always, and wherever it is gone or the power`, async () => {
    const draw = drawFrom(1);
    let runs = 0;
    let cuts = 0;
    for (const taken of [whole, halves]) {
      const sound = await run(everything, durability, { taken });
      const calls = sound.files.count();
      expect(calls).toBeGreaterThan(20);
      expect(sound.ledger.written.size).toBe(sound.ledger.attempted.size);
      for (let at = 1; at <= calls + 1; at++) {
        const gone = await run(everything, durability, { taken, goneAt: at });
        cuts += judge(gone, everyCut, draw, `gone at call ${at}`);
        runs++;
        for (const code of isDeep ? errorCodes : (["ENOSPC", "EIO"] as const))
          for (const to of [at, at + 2, Number.POSITIVE_INFINITY]) {
            const failed = await run(everything, durability, { taken, faults: [{ from: at, to, code }] });
            cuts += judge(failed, [{ damage: "drawn", names: "drawn" }], draw, `${code} from call ${at} to ${to}`);
            runs++;
          }
      }
    }
    say(`${durability} writer, every call: ${runs} runs, ${cuts} power cuts`);
  });

it("what a flush promises holds where its segment is left beside the sync, and whatever number the next file has", async () => {
  // The segment is left because a write fails, or because an hour passed.
  const failing = { steps: [], faults: [4] };
  const rolling = { steps: [{ do: "wait", wall: hour + 1, monotonic: 0 } as const], faults: [] };
  let flushed = 0;
  for (const { steps, faults } of [failing, rolling])
    for (let syncAt = 4; syncAt < 12; syncAt++)
      for (const doesFail of [false, true])
        for (let goneAt = syncAt + 1; goneAt < 20; goneAt++) {
          let calls = () => 0;
          const failAt = doesFail ? [...faults, syncAt] : faults;
          const plan: Plan = {
            faults: failAt.map((at) => ({ from: at, to: at, code: "EIO" })),
            goneAt,
            isSyncEarly: () => calls() === syncAt - 1,
          };
          const disk = createDisk();
          const files = crashFiles(disk, plan);
          calls = files.count;
          const ledger = emptyLedger();
          const all: Step[] = [{ do: "batch", records: 1 }, ...steps, { do: "flush and batch", records: 1 }];
          await runSteps(all, "durable", files, { ledger, records: numbered() });
          const where = `sync at call ${syncAt}, failing: ${doesFail}, gone at ${goneAt}`;
          judge({ disk, files, ledger }, everyCut, drawFrom(1), where);
          flushed += ledger.durable.size;
        }
  expect(flushed).toBeGreaterThan(50);
});

it("a writer keeps the law around the roll of a full segment, whichever call fails or is the last", async () => {
  const steps: Step[] = Array.from({ length: 30 }, () => ({ do: "batch", records: 3, bytes: 100_000 }));
  const sound = crashFiles(createDisk());
  const creations: number[] = [];
  const counting = {
    ...sound,
    create(path: string) {
      creations.push(sound.count() + 1);
      return sound.create(path);
    },
  };
  await runSteps(steps, "durable", counting, { ledger: emptyLedger(), records: numbered() });
  const [, roll] = creations;
  expect(creations).toHaveLength(2);
  let runs = 0;
  for (let at = (roll ?? 0) - 6; at < (roll ?? 0) + 6; at += isDeep ? 1 : 5) {
    const plans: Plan[] = [{ goneAt: at }, ...errorCodes.map((code) => ({ faults: [{ from: at, to: at, code }] }))];
    for (const plan of isDeep ? plans : plans.slice(0, 2)) {
      const where = `call ${at}, ${JSON.stringify(plan)}`;
      judge(await run(steps, "durable", plan), [{ damage: "drawn", names: "drawn" }], drawFrom(at), where);
      runs++;
    }
  }
  say(`durable writer, around the roll at 8 MiB: ${runs} runs`);
});

const drawSteps = (draw: Draw): Step[] =>
  Array.from({ length: 2 + draw(14) }, () => {
    const kind = draw(12);
    if (kind < 5) return { do: "batch", records: 1 + draw(4), ...(draw(6) === 0 ? { bytes: 120 + draw(3000) } : {}) };
    if (kind < 7) return { do: "flush" };
    if (kind < 9) return { do: "flush and batch", records: 1 + draw(3) };
    if (kind < 10) return { do: "flush twice" };
    if (kind < 11) return { do: "wait", wall: (waits[draw(waits.length)] as number) + 1, monotonic: draw(3) * hour };
    return { do: "reopen" };
  });
const waits = [0, 1000, hour, 24 * hour, -hour, years, -years];

function drawFault(draw: Draw, calls: number): Fault {
  const from = 1 + draw(calls);
  const to = [from, from + draw(6), Number.POSITIVE_INFINITY][draw(8) === 0 ? 2 : draw(2)] as number;
  return { from, to, code: errorCodes[draw(errorCodes.length)] as Fault["code"] };
}

function drawPlan(draw: Draw): Plan {
  return {
    faults: Array.from({ length: draw(4) }, () => drawFault(draw, 40)),
    ...(draw(3) > 0 ? { goneAt: 1 + draw(60) } : {}),
    ...(draw(2) === 0 ? { taken: (given: number) => 1 + draw(given) } : {}),
    isSyncEarly: () => draw(3) === 0,
  };
}

it(`writers keep the law through random errors, short writes and power cuts, one after the other (BATON_SEED=${firstSeed})`, async () => {
  let cuts = 0;
  const runs = randomRuns(1000, 100_000);
  for (let i = 0; i < runs; i++) {
    const seed = firstSeed + i;
    const draw = drawFrom(Math.imul(seed, 0x9e3779b1));
    const ledger = emptyLedger();
    const records = numbered();
    let disk = createDisk();
    // A power cut, and on with what it left: up to three times.
    for (let boot = 0; boot <= draw(3); boot++) {
      const files = crashFiles(disk, drawPlan(draw));
      const durability = draw(4) === 0 ? "written" : "durable";
      await runSteps(drawSteps(draw), durability, files, { ledger, records });
      const where = `BATON_SEED=${seed} BATON_CRASH_RUNS=1, boot ${boot}`;
      if (boot === 0) expect(breaches(ledger, load(leftByProcess(disk)), "written"), where).toEqual([]);
      for (let cut = 0; cut < 3; cut++) {
        const left = cutPower(disk, { damage: "drawn", names: "drawn" }, draw);
        expect(breaches(ledger, load(left), "durable"), `${where}, cut ${cut}`).toEqual([]);
        cuts++;
        if (cut === 2) disk = createDisk(left);
      }
    }
  }
  say(`writers at random: ${runs} runs, ${cuts} power cuts (BATON_SEED=${firstSeed})`);
});
