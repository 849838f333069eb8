/**
 * Records without a pause and ends in one way: `ending.js HOME WAY`. Prints the number of each record once it is acknowledged,
 * by a write that has happened when the next record is made. Started by endings.test.ts.
 */
import { writeSync } from "node:fs";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { openBaton } from "../../src/index.js";

const [home = "", way = ""] = process.argv.slice(2);
const isWorkersWay = way === "terminate" || way === "worker exit";

/** What ends this thread, or the process, behind the 40th record; a worker that is terminated goes on until it is. */
const endings: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(0),
  exception: () => {
    throw new Error("nobody catches it");
  },
  rejection: () => void Promise.reject(new Error("nobody catches it")),
  abort: () => process.abort(),
  SIGTERM: () => process.kill(process.pid, "SIGTERM"),
  SIGKILL: () => process.kill(process.pid, "SIGKILL"),
  "worker exit": () => process.exit(0),
};

if (isMainThread && isWorkersWay) {
  const worker = new Worker(process.argv[1] as string, { argv: process.argv.slice(2) });
  // Wherever it is by then.
  worker.once("message", () => void worker.terminate());
} else {
  const baton = openBaton({ client: "cli", home, workspace: "github.com/owner/repo" });
  const limit = way === "terminate" ? Number.POSITIVE_INFINITY : 40;
  for (let number = 1; number <= limit; number++) {
    baton.record("handoffNote", { text: `note ${number}` });
    writeSync(1, `${number}\n`);
    if (number === 40 && way === "terminate") parentPort?.postMessage("");
  }
  endings[way]?.();
}
