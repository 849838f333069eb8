/**
 * Opens one recorder after another until stdin ends: `write.ts HOME SLOT START SEED written|durable|crowd behind|any`. A
 * crowd is 300 of a record each. Every sixth recorder stands ten years behind, where `any` clock may be, every sixth ten
 * years ahead too (BATON_NOW); what they observe is of today.
 */
import { setTimeout as pause } from "node:timers/promises";
import { openBaton } from "../../ts/src/index.js";
import { drawFrom } from "../draw.js";
import { realNow, record, say, tellRefusal, workspace } from "./say.js";

const [home = "", slot = "", start = "", seed = "", level = "", clocks = ""] = process.argv.slice(2);
const draw = drawFrom(Number(seed));
const tenYears = 10 * 365 * 86_400_000;
let number = 0;
let isOver = false;
process.stdin.on("error", () => {});
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();

const crowd = 300;
if (level === "crowd") {
  for (let i = 0; i < crowd && !isOver; i++) await recorder(1);
  process.stdin.destroy();
} else while (!isOver) await recorder(10 + draw(40));
say("done");

/** One recorder, for so many batches. */
async function recorder(batches: number): Promise<void> {
  const years = [0, 0, 0, 0, -1, clocks === "any" ? 1 : 0][draw(6)]!;
  delete process.env.BATON_NOW;
  if (years !== 0 && batches > 1) {
    process.env.BATON_NOW = String(realNow() + years * tenYears);
    say(`jump ${years * 10}`);
  }
  const isDurable = level === "durable";
  const baton = openBaton({ client: "cli", home, workspace, durability: isDurable ? "durable" : "written" });
  for (let i = 0; i < batches && !isOver; i++) {
    const names = Array.from({ length: 1 + draw(4) }, () => nextName());
    record(names, (records) => baton.recordAll(records));
    if (isDurable && draw(3) === 0) await baton.flush().catch((error) => tellRefusal("flush", error));
    if (batches > 1) await pause(60 + draw(400));
  }
  await baton.close().catch((error) => tellRefusal("close", error));
}

function nextName(): string {
  return `${draw(3) === 0 ? "old" : "keep"}-${++number}-${slot}-${start}`;
}
