/** Before `npm run e2e`: installs what is missing, and says in one line each what cannot be tested for want of it. */
import { install, type Pinned, pinned } from "./clients.js";

/** Called by vitest once, before all tests. Tests of a client that is not there are skipped and counted as such. */
export function setup(): void {
  for (const name of Object.keys(pinned) as Pinned[]) {
    const { package: packageName, version } = pinned[name];
    const reason = install(name);
    const line = `${packageName}@${version}`;
    process.stdout.write(reason === undefined ? `[ok] ${line}\n` : `[skip] ${line} cannot be installed: ${reason}\n`);
  }
}
