/** Programs of the tests that run in processes of their own. */
import { join } from "node:path";
import { buildSync } from "esbuild";
import { standalone } from "../scripts/bundle.mjs";

/** Bundles a TypeScript program into a folder and gives its file: Node starts it in a fifth of the time that tsx takes. */
export function bundle(entry: string, folder: string): string {
  const outfile = join(folder, "program.mjs");
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: standalone.banner ?? {},
  });
  return outfile;
}
