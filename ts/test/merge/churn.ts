/** Fills a state directory and merges it, over and over: `churn.ts HOME TIMES`. Started by together.test.ts. */
import { join } from "node:path";
import { guardRecord } from "../../src/guard/record.js";
import { mergeSegments } from "../../src/merge/merge.js";
import { openWriter } from "../../src/segment/writer.js";
import { budgetMs } from "./steps.js";

const [home = "", times = ""] = process.argv.slice(2);
const dir = join(home, "segments");
let merged = 0;
for (let i = 0; i < Number(times); i++) {
  for (let j = 0; j < 300; j++) {
    const writer = openWriter({ dir, durability: "written", writerName: "churn", writerVersion: "0", now: Date.now });
    writer.put(guardRecord({ stamp: 0n, handoffNote: { id: "n-0123456789abcdef", text: `note ${i} ${j}` } }));
    writer.close();
  }
  merged += mergeSegments({ home, writerName: "churn", writerVersion: "0", now: 0, budgetMs }).written;
}
process.stdout.write(`merged ${merged} times\n`);
