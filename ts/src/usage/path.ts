/** Where the proxy keeps its usage.jsonl (USE-035). */
import { join } from "node:path";

/**
 * The usage file: `configured` (the value of USAGE_DB_PATH), else the proxy's default place below the home directory.
 * Undefined where it is switched off.
 */
export function usagePath(configured: string | undefined, userHome: string): string | undefined {
  if (isOff(configured)) return undefined;
  return configured || defaultUsagePath(userHome);
}

/** The proxy's default place below a home directory. */
export function defaultUsagePath(userHome: string): string {
  return join(userHome, ".config", "opencode-proxy", "usage.jsonl");
}

/** Whether a configured path says that there shall be no file. */
export function isOff(configured: string | undefined): boolean {
  return ["off", "false", "0"].includes((configured ?? "").trim().toLowerCase());
}
