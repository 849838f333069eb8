/** `node bench/clients/bundle.mjs SOURCE FILE`: bundles a program as the command line is bundled. */
import { build } from "esbuild";
import { standalone } from "../../scripts/bundle.mjs";

const [, , source, file] = process.argv;
await build({ ...standalone, entryPoints: [source], outfile: file });
