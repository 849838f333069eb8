/** Baton's library, guarded, one `record` and so one write per record. */
import { resolve } from "node:path";
import { count, recordAt, report, segmentBytes } from "./records.mjs";

const { openBaton } = await import(resolve("dist/index.js"));
const home = process.argv[2];
const baton = openBaton({ client: "proxy", home });
const started = process.hrtime.bigint();
for (let i = 0; i < count; i += 1) baton.record("usageEvent", recordAt(i));
await baton.close();
report(started, segmentBytes(home));
