/** Looking at the repository and the machine, and recording what changed. */
import type { Environment } from "../git/run.js";
import type { Client } from "./client.js";
import { type OpenCodeFact, openCodeFacts } from "./opencode.js";
import { changedPointers, type Pointer, pointersOf } from "./pointers.js";
import { askPullRequest, changedByAnswer } from "./pull-request.js";
import { askProxy, changedRuntime, portsUp, proxyPlace, type Runtime } from "./runtime.js";
import { type State, shownRecords } from "./state.js";

/** What to look at besides git. */
export interface Look {
  readonly env: Environment;
  /** Directory of the user's work. */
  readonly dir: string;
  /** URL of the proxy, where the user names one. */
  readonly proxy?: string | undefined;
  /** Neither the proxy nor `gh` is asked, and nothing is said of them. */
  readonly offline: boolean;
}

/** How many records it took. */
export interface Observed {
  readonly pointers: number;
  readonly facts: number;
  readonly runtimes: number;
}

/**
 * Looks at git and records what the state does not hold yet. With `look` also at this machine, OpenCode's configuration
 * and, unless off-line, the proxy and the pull request of the branch. Throws ARGUMENT on a proxy that is
 * not on this machine, before it looks anywhere, and what the recorder throws.
 */
export async function observe(client: Client, look?: Look): Promise<Observed> {
  const place = look === undefined || look.offline ? undefined : proxyPlace(look.proxy, look.env);
  const git = client.git();
  const state = client.state();
  const runtimes = look === undefined || look.offline ? [] : await changedRuntimes(client, state, look, place);
  const pointers = [...changedPointers(state, git), ...pullRequestPointers(client, state, look)];
  const facts = look === undefined ? [] : changedFacts(state, factsOf(client, look));
  if (pointers.length + facts.length + runtimes.length > 0)
    await client.record((baton) => {
      for (const pointer of pointers) baton.record("pointer", pointer, client.envelope());
      for (const fact of facts) baton.record("configFact", fact);
      for (const runtime of runtimes) baton.record("runtimeSummary", runtime);
    });
  return { pointers: pointers.length, facts: facts.length, runtimes: runtimes.length };
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

function pullRequestPointers(client: Client, state: State, look: Look | undefined): Pointer[] {
  if (look === undefined || look.offline) return [];
  const answer = askPullRequest(client, look.dir, look.env);
  const { branch, workspace } = client.git();
  if (answer === undefined || branch === undefined || workspace === undefined) return [];
  return changedByAnswer(pointersOf(state, workspace), branch, answer);
}

type Fact = OpenCodeFact | { readonly subject: "machine"; readonly name: "version"; readonly value: string };

function factsOf(client: Client, { env }: Look): Fact[] {
  return [
    { subject: "machine", name: "version", value: process.versions.node },
    ...openCodeFacts(env, client.home.key()),
  ];
}

/** Facts that the state does not hold yet. */
function changedFacts(state: State, facts: readonly Fact[]): Fact[] {
  const known = shownRecords(state, "config_fact").map(({ configFact }) => {
    const { subject, name, value } = configFact as { subject?: number; name?: number; value?: string };
    return `${subjects[subject ?? 0]} ${names[name ?? 0]} ${value}`;
  });
  return facts.filter(({ subject, name, value }) => !known.includes(`${subject} ${name} ${value}`));
}

const subjects = ["", "machine", "proxy", "codex", "opencode"];
const names = ["", "version", "provider", "base_host", "default_model", "small_model"];
