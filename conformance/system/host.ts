/**
 * A host that goes on whatever happens: `host.ts HOME`. Each line of stdin is an order, answered by a line `ok`:
 * `record N`, `safe N` (the queue that never throws), `hog` (opens files until no more can be opened), `free` (closes
 * them). It closes its recorder where stdin ends.
 */
import { closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { openBaton } from "../../ts/src/index.js";
import { record, say, workspace } from "./say.js";

const [home = ""] = process.argv.slice(2);
const baton = openBaton({ client: "proxy", home, workspace });
const hogged: number[] = [];
let number = 0;

const orders = {
  record(count: number): void {
    for (let i = 0; i < count; i++) record([`keep-${++number}-0-0`], (records) => baton.recordAll(records));
  },
  async safe(count: number): Promise<void> {
    for (let i = 0; i < count; i++) baton.safe.record("handoffNote", { text: `keep-${++number}-0-0` });
    await baton.safe.flush();
    say(`dropped ${JSON.stringify(Object.fromEntries(baton.safe.dropped))}`);
  },
  hog(): void {
    try {
      for (;;) hogged.push(openSync("/dev/null", "r"));
    } catch (error) {
      say(`hogged ${(error as { code?: string }).code}`);
    }
  },
  free(): void {
    for (const fd of hogged.splice(0)) closeSync(fd);
  },
};

say("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [order, count = "0"] = line.split(" ");
  await (orders[order as keyof typeof orders] ?? unknown)(Number(count));
  say("ok");
}
await baton.safe.close();
say("done");

function unknown(): never {
  throw new Error("no such order");
}
