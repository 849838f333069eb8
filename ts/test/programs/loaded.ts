/** What a chunk of the built command line loads before it does anything. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const cli = resolve("dist/cli.js");
if (!existsSync(cli)) throw new Error(`${cli} is not built: run npm test, or npm run build`);

/** The text of a chunk that cli.js imports by name, and of all that it imports itself, one for each file. */
export function loadedBy(name: string): string[] {
  const entry = readFileSync(cli, "utf8");
  const chunk = new RegExp(`"(\\./chunks/${name}-[^"]+)"`).exec(entry)?.[1];
  if (chunk === undefined) throw new Error(`cli.js loads no chunk ${name}`);
  const loaded = new Map<string, string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    const text = readFileSync(path, "utf8");
    loaded.set(path, text);
    for (const [, next] of text.matchAll(/(?:from|import)"(\.[^"]+)"/g)) load(join(dirname(path), next ?? ""));
  };
  load(join(dirname(cli), chunk));
  return [...loaded.values()];
}
