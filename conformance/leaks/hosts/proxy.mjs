/** Records requests as opencode-proxy does, which has the drop-in in the place of its own store. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { UsageStore } = await import(pathToFileURL(process.argv[2]).href);
const store = new UsageStore();
for (const event of JSON.parse(readFileSync(0, "utf8"))) store.record(event);
await store.flush();
process.stderr.write(store.lastError);
