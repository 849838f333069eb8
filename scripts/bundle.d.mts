/** What tests use of bundle.mjs. */
import type { BuildOptions } from "esbuild";

export const shared: BuildOptions;
export const standalone: BuildOptions;
