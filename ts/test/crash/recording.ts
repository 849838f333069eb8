/**
 * Records notes of today, a few in each segment, and tells of each once it is acknowledged, as "writer seq" on a line:
 * `recording.ts HOME COUNT`. Started by processes.test.ts.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { guardRecord } from "../../src/guard/record.js";
import { openWriter } from "../../src/segment/writer.js";

const [home = "", count = ""] = process.argv.slice(2);
const dir = join(home, "segments");
const open = () => openWriter({ dir, durability: "written", writerName: "t", writerVersion: "0", now: Date.now });
let writer = open();
for (let i = 1; i <= Number(count); i++) {
  const id = `n-${i.toString(16).padStart(16, "0")}`;
  const note = { id, text: `note ${i}` };
  const observedAt = Date.now();
  const ack = writer.put(
    guardRecord({ stamp: BigInt(i), observedAt, workspace: "github.com/owner/repo", handoffNote: note }),
  );
  writer.commit();
  writeSync(1, `${writer.id} ${ack.seq}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  if (i % 7 > 0) continue;
  writer.close();
  writer = open();
}
writer.close();
