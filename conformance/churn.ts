/**
 * Compacts a folder over and over: `churn.ts DIR STEPS`. Each step writes a sealed segment that replaces the one before
 * and then deletes that one. Three records count at every moment. Started by churn.test.ts.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { craft, note, sealed, withNotes, withRecord } from "./craft.js";

const [dir = "", steps = "0"] = process.argv.slice(2);
const first = withNotes(craft("churn"), 1, 2, 3);
const segments = [{ id: first.segment, bytes: sealed(first) }];
for (let i = 1; i <= Number(steps); i++) {
  const before = segments[i - 1]!;
  const replaces = [{ segmentId: before.id, bytes: BigInt(before.bytes.length) }];
  let next = craft(`churn ${i}`, { replaces });
  for (const seq of [1, 2, 3]) next = withRecord(next, { ...note(seq), origin: { writer: first.writer, seq } });
  segments.push({ id: next.segment, bytes: sealed(next) });
}
const pathOf = (i: number): string => join(dir, `${Buffer.from(segments[i]!.id).toString("hex")}.seg`);
writeFileSync(pathOf(0), segments[0]!.bytes);
process.stdout.write("ready\n");
for (let i = 1; i < segments.length; i++) {
  writeFileSync(pathOf(i), segments[i]!.bytes, { flag: "wx" });
  rmSync(pathOf(i - 1));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
