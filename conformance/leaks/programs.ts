/** The programs that are run: Baton's own, as `npm test` builds them. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** The TypeScript programs: absolute paths of bundles. */
export interface Programs {
  readonly cli: string;
  readonly opencode: string;
  readonly proxy: string;
}

/** Those of `dist/`. Throws where they are not built. */
export function builtPrograms(): Programs {
  return { cli: built("dist/cli.js"), opencode: built("dist/opencode.js"), proxy: built("dist/proxy.js") };
}

/** A native program. Throws where it is not built. */
export function nativeProgram(name: "opencode-proxy-doctor" | "opencode-proxy-launcher"): string {
  return built(`rust/target/debug/${name}`);
}

function built(path: string): string {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`${file} is not built: run npm test, or npm run build and cargo build`);
  return file;
}
