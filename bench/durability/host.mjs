/**
 * A host of one store: `node host.mjs STORE FOLDER COUNT FLIGHT`. It opens the store, takes a few records that do not
 * count, prints a line, waits for one on its input, and then takes COUNT records with FLIGHT of them on their way at a time.
 * It prints JSON: when it began and ended (milliseconds since 1970), milliseconds of each acknowledgement, and how late the
 * beats of its event loop came, in milliseconds.
 */
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { stores } from "./stores.mjs";

const [, , name, folder, ...numbers] = process.argv;
const [count, flight] = numbers.map(Number);
const store = await stores[name](folder);

await take(Math.max(20, 2 * flight));
process.stdout.write("ready\n");
await once(process.stdin, "data");
// A millisecond is the shortest beat; what is beyond it is delay.
const beats = monitorEventLoopDelay({ resolution: 1 });
beats.enable();
const begun = performance.timeOrigin + performance.now();
const ms = await take(count);
const ended = performance.timeOrigin + performance.now();
beats.disable();
await store.close?.();
const late = (percent) => Math.max(0, beats.percentile(percent) / 1e6 - 1);
process.stdout.write(
  `${JSON.stringify({ begun, ended, ms, late: { p50: late(50), p99: late(99), most: late(100) } })}\n`,
);
process.exit();

/** Takes so many records; gives the milliseconds of each. */
async function take(most) {
  const times = new Array(most);
  let next = 0;
  const takeOneByOne = async () => {
    while (next < most) {
      const i = next++;
      const start = performance.now();
      const promise = store.ack(i);
      if (promise !== undefined) await promise;
      times[i] = performance.now() - start;
    }
  };
  const takeBatches = async () => {
    for (; next < most; next += flight) {
      const to = Math.min(most, next + flight);
      const start = performance.now();
      store.batch(next, to);
      times.fill(performance.now() - start, next, to);
      await new Promise(setImmediate);
    }
  };
  if (store.batch) await takeBatches();
  else await Promise.all(Array.from({ length: flight }, takeOneByOne));
  return times;
}
