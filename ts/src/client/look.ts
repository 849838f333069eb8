/** Looking around: this machine, OpenCode's configuration, the proxy and the pull request of the branch. */
import type { Environment } from "../git/run.js";
import type { Client } from "./client.js";
import { changedFacts, machineFacts } from "./facts.js";
import { type Observed, observe } from "./observe.js";
import { openCodeFacts } from "./opencode.js";
import { type Pointer, pointersOf } from "./pointers.js";
import { askPullRequest, changedByAnswer } from "./pull-request.js";
import { askProxy, changedRuntime, portsUp, proxyPlace, type Runtime } from "./runtime.js";
import type { State } from "./state.js";

/** Where to look. */
export interface Look {
  readonly env: Environment;
  /** Directory of the user's work. */
  readonly dir: string;
  /** URL of the proxy, where the user names one. */
  readonly proxy?: string | undefined;
  /** Neither the proxy nor `gh` is asked, and nothing is said of them. */
  readonly offline: boolean;
}

/**
 * Observes the repository, this machine, OpenCode's configuration and, unless off-line, the proxy and the pull request of
 * the branch. Throws ARGUMENT on a proxy that is not on this machine, before it looks anywhere, and what `observe` throws.
 */
export async function lookAround(client: Client, look: Look): Promise<Observed> {
  const place = look.offline ? undefined : proxyPlace(look.proxy, look.env);
  const { key } = client.naming();
  const state = client.state();
  const runtimes = look.offline ? [] : await changedRuntimes(client, state, look, place);
  const facts = changedFacts(state, [...machineFacts(), ...(key === undefined ? [] : openCodeFacts(look.env, key))]);
  return observe(client, { state, runtimes, pointers: pullRequestPointers(client, state, look), facts });
}

/** The proxy where it is to be asked, and where the state believes it to be up. */
async function changedRuntimes(
  client: Client,
  state: State,
  { env, proxy }: Look,
  place: { readonly host: string; readonly port: number } | undefined,
): Promise<Runtime[]> {
  const others = portsUp(state).filter((port) => port !== place?.port);
  const places = [...(place === undefined ? [] : [place]), ...others.map((port) => ({ host: "127.0.0.1", port }))];
  const answers = await Promise.all(places.map((each) => askProxy(each, env)));
  return places.flatMap((each, i) => {
    const isNamed = each === place && proxy !== undefined;
    const answer = answers[i] ?? "none";
    return changedRuntime(state, each.port, answer, { isNamed, now: client.now }) ?? [];
  });
}

function pullRequestPointers(client: Client, state: State, look: Look): Pointer[] {
  if (look.offline) return [];
  const answer = askPullRequest(client, look.dir, look.env);
  const { branch, workspace } = client.git();
  if (answer === undefined || branch === undefined || workspace === undefined) return [];
  return changedByAnswer(pointersOf(state, workspace), branch, answer);
}
