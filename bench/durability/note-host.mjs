/** A host of Baton's recorder: records each line of its input as a note, and answers a line once that is on the disk. */
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const { openBaton } = await import(resolve("dist/index.js"));
const baton = openBaton({ client: "cli", workspace: "github.com/acme/proxy", durability: "durable" });
for await (const text of createInterface({ input: process.stdin })) {
  baton.record("handoffNote", { text });
  await baton.flush();
  process.stdout.write("kept\n");
}
await baton.close();
