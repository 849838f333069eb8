/** appendFileSync of one JSON line per record. */
import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { count, envelopeAt, report } from "./records.mjs";

const file = join(process.argv[2], "out.jsonl");
const started = process.hrtime.bigint();
for (let i = 0; i < count; i += 1) appendFileSync(file, `${JSON.stringify(envelopeAt(i))}\n`);
report(started, statSync(file).size);
