/** JSON lines, written 64 KiB at a time. */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { count, envelopeAt, report } from "./records.mjs";

const file = join(process.argv[2], "out.jsonl");
const fd = openSync(file, "ax");
const started = process.hrtime.bigint();
let batch = "";
for (let i = 0; i < count; i += 1) {
  batch += `${JSON.stringify(envelopeAt(i))}\n`;
  if (batch.length >= 65_536) {
    writeSync(fd, batch);
    batch = "";
  }
}
writeSync(fd, batch);
report(started, statSync(file).size);
closeSync(fd);
