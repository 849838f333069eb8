/** Before `npm run e2e`: installs what is missing, and says in one line each what cannot be tested for want of it. */
import type { TestProject } from "vitest/node";
import { type Checkout, upstreamCheckout } from "../conformance/upstream.js";
import { chromiumProgram } from "./chromium.js";
import { install, type Pinned, pinned } from "./clients.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where opencode-proxy lies, or why it does not: `inject("proxyCheckout")`. */
    proxyCheckout: Checkout;
  }
}

/**
 * Called by vitest once, before all tests. Tests of a client that is not there are skipped and counted as such; what is
 * returned runs after them and says so once more, below the count.
 */
export function setup(project: TestProject): () => void {
  const skips: string[] = [];
  for (const name of Object.keys(pinned) as Pinned[]) {
    const { package: packageName, version } = pinned[name];
    const reason = install(name);
    if (reason === undefined) process.stdout.write(`[ok] ${packageName}@${version}\n`);
    else skips.push(`[skip] ${packageName}@${version} cannot be installed, its tests are skipped: ${reason}\n`);
  }
  const checkout = upstreamCheckout();
  project.provide("proxyCheckout", checkout);
  if (checkout.reason === undefined) process.stdout.write(`[ok] opencode-proxy in ${checkout.folder}\n`);
  else skips.push(`[skip] opencode-proxy is not there, its tests are skipped: ${checkout.reason}\n`);
  const chromium = chromiumProgram();
  if (chromium !== undefined) process.stdout.write(`[ok] ${chromium}\n`);
  else
    skips.push(
      "[skip] Chromium is not there, the tests of the report in it are skipped: install chromium, or set CHROMIUM\n",
    );
  process.stdout.write(skips.join(""));
  return () => process.stdout.write(skips.join(""));
}
