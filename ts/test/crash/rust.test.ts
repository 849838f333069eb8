import { expect, it } from "vitest";
import { drawFrom } from "../../../conformance/draw.js";
import { compactable, compactedHome } from "./compaction.js";
import { cutPower, damageNames } from "./damage.js";
import { createDisk, leftByProcess } from "./disk.js";
import { crashFiles } from "./files.js";
import { emptyLedger } from "./law.js";
import { firstSeed, isDeep, say } from "./runs.js";
import { linesOf, linesOfRust } from "./rust.js";
import { numbered, runSteps, type Step } from "./writing.js";

const state = compactedHome();
const steps: readonly Step[] = [
  { do: "batch", records: 2 },
  { do: "flush and batch", records: 2 },
  { do: "wait", wall: 3_600_001, monotonic: 3_600_001 },
  { do: "batch", records: 3 },
  { do: "flush" },
  { do: "batch", records: 1 },
];

it(`Rust loads the same records from what crashes of writers and compactions left (BATON_SEED=${firstSeed})`, async () => {
  const draw = drawFrom(firstSeed);
  const folders: ReadonlyMap<string, Uint8Array>[] = [];
  for (let goneAt = 1; goneAt < 26; goneAt++)
    for (const damage of damageNames) {
      const disk = createDisk();
      const plan = { goneAt, faults: [{ from: goneAt - 3, to: goneAt - 3, code: "EIO" as const }] };
      await runSteps(steps, "durable", crashFiles(disk, plan), { ledger: emptyLedger(), records: numbered() });
      folders.push(leftByProcess(disk), cutPower(disk, { damage, names: "drawn" }, draw));
    }
  const sound = crashFiles(state.hold(compactable()));
  state.gc(sound);
  for (let goneAt = 1; goneAt <= sound.count() + 1; goneAt++) {
    const disk = state.hold(compactable());
    state.gc(crashFiles(disk, { goneAt }));
    folders.push(leftByProcess(disk));
    const times = isDeep ? 20 : 1;
    for (let i = 0; i < times; i++)
      for (const damage of damageNames) folders.push(cutPower(disk, { damage, names: "drawn" }, draw));
  }
  for (const [i, lines] of linesOfRust(folders).entries())
    expect(lines, `folder ${i}`).toEqual(linesOf(folders[i] as ReadonlyMap<string, Uint8Array>));
  say(`judged by Rust: ${folders.length} folders (BATON_SEED=${firstSeed})`);
}, 600_000);
