/** What every hook of the plugin works with: the directory of the instance, one recorder, and clients of a moment. */
import { type Client, openClient } from "../../client/client.js";
import type { Environment } from "../../git/run.js";
import { type Baton, openBaton } from "../../index.js";

/** Milliseconds that git may take in a hook, where BATON_GIT_MS says nothing: OpenCode waits meanwhile. */
const gitMs = 300;

/** Most sessions, and most commands under way, that are remembered; the oldest are forgotten. */
const mostRemembered = 256;

/** An instance of OpenCode that the plugin was loaded into. */
export interface Host {
  /** Directory of its sessions. */
  readonly dir: string;
  readonly env: Environment;
  /** Stays open until the instance ends. */
  readonly baton: Baton;
  /** A client at this moment, for a session; in another directory where one is named. */
  client(session: string, dir?: string): Client;
}

/** The host of an instance. Does no I/O and never throws. */
export function createHost(dir: string): Host {
  const env = { BATON_GIT_MS: `${gitMs}`, ...process.env };
  const baton = counting(openBaton({ client: "opencode" }));
  return {
    dir,
    env,
    baton,
    client: (session, elsewhere) =>
      openClient({ name: "opencode", dir: elsewhere ?? dir, env, session, writes: true, baton }),
  };
}

/** A recorder that hands what it could not record to the safe queue too, which counts it for the doctor. */
function counting(baton: Baton): Baton {
  return {
    ...baton,
    record(kind, init, options) {
      try {
        return baton.record(kind, init, options);
      } catch (error) {
        baton.safe.record(kind, init, options);
        throw error;
      }
    },
  };
}

/** Remembers a value by its id, for as long as it is among the newest. */
export function remember<T>(values: Map<string, T>, id: string, value: T): T {
  const [oldest] = values.keys();
  if (oldest !== undefined && values.size >= mostRemembered && !values.has(id)) values.delete(oldest);
  values.set(id, value);
  return value;
}
