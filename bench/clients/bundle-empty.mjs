/** `node bench/clients/bundle-empty.mjs FILE`: bundles the empty server as the command line is bundled. */
import { build } from "esbuild";
import { standalone } from "../../scripts/bundle.mjs";

await build({ ...standalone, entryPoints: ["bench/clients/empty-server.mjs"], outfile: process.argv[2] });
