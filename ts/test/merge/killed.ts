/** Merges the segments of a state directory and kills itself behind a step: `killed.ts HOME STEP`. Started by crash.test.ts. */
import { mergeSegments } from "../../src/merge/merge.js";
import { budgetMs, stepping } from "./steps.js";

const [home = "", last = ""] = process.argv.slice(2);
const files = stepping(
  () => {},
  (number) => {
    if (number === Number(last)) process.kill(process.pid, "SIGKILL");
  },
);
mergeSegments({ home, writerName: "test", writerVersion: "0", now: 0, budgetMs, files });
