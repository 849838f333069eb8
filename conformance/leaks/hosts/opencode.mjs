/** Loads the plugin as OpenCode does, and makes the calls that stand on standard input. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [plugin, directory] = process.argv.slice(2);
const { BatonPlugin } = await import(pathToFileURL(plugin).href);
const hooks = await BatonPlugin({ directory, worktree: directory });
for (const { hook, input, output } of JSON.parse(readFileSync(0, "utf8"))) {
  if (hook === "event") await hooks.event({ event: input });
  else await hooks[hook]?.(input, output);
}
await hooks.dispose();
