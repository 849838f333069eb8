/** Where the proxy keeps its usage.jsonl (USE-035). */
import { join } from "node:path";

/**
 * The usage file: `configured` (the value of USAGE_DB_PATH), else the proxy's default place below the home directory.
 * Undefined where it is switched off.
 */
export function usagePath(configured: string | undefined, userHome: string): string | undefined {
  if (["off", "false", "0"].includes((configured ?? "").trim().toLowerCase())) return undefined;
  return configured || join(userHome, ".config", "opencode-proxy", "usage.jsonl");
}
