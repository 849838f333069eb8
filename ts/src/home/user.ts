/** The user's home directory. */
import { homedir } from "node:os";

/**
 * The home directory that the environment names, else the one that the system tells of the user; empty where it tells
 * none: a user without an entry there, as in some containers, or no file that can be opened any more.
 */
export function userHome(env: Readonly<Record<string, string | undefined>>): string {
  return (process.platform === "win32" ? env.USERPROFILE : env.HOME) || systemHome();
}

/** The home directory that the system tells of the user, whatever the environment says of it; empty as above. */
export function systemHome(): string {
  try {
    return homedir();
  } catch {
    return "";
  }
}
