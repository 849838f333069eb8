/**
 * Stands for OpenCode: `opencode-host.mjs PLUGIN REPOSITORY` loads the plugin, and does what each line on standard input
 * asks for: `empty`, `check` or `other`, the hook behind a tool. It answers with the milliseconds that the hook took.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , plugin, directory] = process.argv;
const { BatonPlugin } = await import(pathToFileURL(plugin).href);
const hooks = await BatonPlugin({ directory });
const empty = async () => {};
let calls = 0;

async function run(task) {
  const input = { tool: "bash", sessionID: "ses_0001", callID: `call_${calls++}` };
  const args = { command: task === "check" ? "npm test" : "cat notes.txt", description: "scripted" };
  const output = { title: args.command, metadata: { output: "out\n", exit: 3, truncated: false }, output: "out\n" };
  if (task === "check") {
    await hooks["tool.execute.before"](input, { args });
    await hooks["shell.env"]({ ...input, cwd: directory }, { env: {} });
  }
  const hook = task === "empty" ? empty : hooks["tool.execute.after"];
  const start = performance.now();
  await hook({ ...input, args }, output);
  return performance.now() - start;
}

for await (const line of createInterface({ input: process.stdin })) console.log(await run(line));
await hooks.dispose();
