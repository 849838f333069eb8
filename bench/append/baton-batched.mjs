/** Baton's library, guarded, in batches of 500 with `recordAll`. */
import { resolve } from "node:path";
import { count, recordAt, report, segmentBytes } from "./records.mjs";

const { openBaton } = await import(resolve("dist/index.js"));
const home = process.argv[2];
const baton = openBaton({ client: "proxy", home });
const started = process.hrtime.bigint();
for (let i = 0; i < count; i += 500) {
  const batch = [];
  for (let j = i; j < Math.min(i + 500, count); j += 1) batch.push({ kind: "usageEvent", init: recordAt(j) });
  baton.recordAll(batch);
}
await baton.close();
report(started, segmentBytes(home));
