/** `merge-host HOME`: merges once, as the command line does, and prints the milliseconds that the merge itself took. */
import { version } from "../../ts/src/library/version.js";
import { mergeSegments } from "../../ts/src/merge/merge.js";
import { readSnapshot } from "../../ts/src/snapshot/file.js";

const home = process.argv[2] ?? "";
const known = readSnapshot(home)?.seen;
const start = performance.now();
const { replaced } = mergeSegments({ home, known, writerName: "baton-ts", writerVersion: version, now: Date.now() });
console.log(JSON.stringify({ ms: performance.now() - start, replaced }));
