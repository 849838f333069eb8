/**
 * Compacts a state directory over and over until its standard input ends, and tells how often it did and how often it
 * gave way: `compacting.ts HOME`. Started by processes.test.ts.
 */
import { setImmediate as turn } from "node:timers/promises";
import { collectGarbage } from "../../src/gc/gc.js";

const [home = ""] = process.argv.slice(2);
let isOver = false;
process.stdin.once("end", () => {
  isOver = true;
});
process.stdin.resume();
let ran = 0;
let gaveWay = 0;
while (!isOver) {
  try {
    collectGarbage({ home, writerName: "test", writerVersion: "0", now: Date.now(), isDryRun: false });
    ran++;
  } catch {
    gaveWay++;
  }
  await turn();
}
process.stdout.write(`${ran} ${gaveWay}\n`);
