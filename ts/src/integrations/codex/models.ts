/**
 * Health of the models that Codex talks to (docs/proof.md, RUN-030 to RUN-033). Codex has no event for a limit: the next
 * one of the session finds it in the rollout.
 */
import { enumNumber, integerOf } from "../../brief/fields.js";
import type { Client } from "../../client/client.js";
import { type State, shownRecords } from "../../client/state.js";
import type { ModelHealthInit } from "../../gen/inits.js";
import { modelHealthTable } from "../../gen/tables.js";
import type { Decoded } from "../../record/wire.js";
import { healthKind } from "../../usage/stored.js";
import type { Rollout } from "./rollout.js";
import { type EndedTurn, turnsIn, type UsedModel } from "./turns.js";

const available = enumNumber(modelHealthTable, "state", "available");
/** What is older is not shown. */
const shownMs = healthKind.days * 86_400_000;

/** What was seen of a model. */
interface Sight extends UsedModel {
  readonly state: "available" | "limited" | "error";
  /** Milliseconds since 1970. */
  readonly limitResetsAt?: number | undefined;
  readonly lastStatus?: number | undefined;
}

/** What is known of a model, and when it was so: milliseconds since 1970. */
interface Known {
  readonly observedAt: number;
  readonly state: unknown;
  readonly limitResetsAt: number | undefined;
}

/**
 * Records how the last turn of each model ended that the tail of a rollout tells of, where that is news: a limit, an
 * answer with an HTTP status, and that a model answers again of which something else is known. `isAnswered` says that the
 * turn at hand was answered, which the rollout tells only later; `known` is the state, where it has just been read. Throws
 * what `Client.record` throws.
 */
export async function recordModels(
  client: Client,
  rollout: Rollout | undefined,
  isAnswered: boolean,
  known?: State,
): Promise<void> {
  if (rollout === undefined) return;
  const { ended, inUse } = turnsIn(rollout);
  const answered = isAnswered && inUse ? [{ used: inUse, endedAt: client.now, failure: undefined }] : [];
  const turns = lastTurns([...ended, ...answered]);
  if (turns.length === 0) return;
  const state = known ?? client.state();
  for (const turn of turns) {
    const observedAt = Math.min(turn.endedAt, client.now);
    const isShown = observedAt > client.now - shownMs;
    const sight = isShown ? newsOf(sightOf(turn), observedAt, knownOf(state, turn.used)) : undefined;
    if (sight !== undefined)
      await client.record((baton) => baton.record("modelHealth", sight satisfies ModelHealthInit, { observedAt }));
  }
}

/** Of each model the last turn. */
function lastTurns(turns: readonly EndedTurn[]): EndedTurn[] {
  return [...new Map(turns.map((turn) => [`${turn.used.provider} ${turn.used.model}`, turn])).values()];
}

function sightOf({ used, failure }: EndedTurn): Sight {
  if (failure === undefined) return { ...used, state: "available" };
  const { isLimit, resetsAt, status } = failure;
  return { ...used, state: isLimit ? "limited" : "error", limitResetsAt: resetsAt, lastStatus: status };
}

/** What is not known yet: undefined for what is no news. A limit whose end is known lasts until then. */
function newsOf(sight: Sight, observedAt: number, known: Known | undefined): Sight | undefined {
  const isAvailable = sight.state === "available";
  if (known === undefined) return isAvailable ? undefined : sight;
  if (known.observedAt >= observedAt || (isAvailable && known.state === available)) return undefined;
  const { limitResetsAt } = known;
  const isLimitedStill = limitResetsAt !== undefined && limitResetsAt > observedAt;
  if (isAvailable || sight.limitResetsAt !== undefined || !isLimitedStill) return sight;
  return { ...sight, state: "limited", limitResetsAt };
}

/** What the state shows of a model. */
function knownOf(state: State, { provider, model }: UsedModel): Known | undefined {
  for (const shown of shownRecords(state, "model_health") as Decoded[]) {
    const health = shown.modelHealth as Decoded;
    if (health.provider !== provider || health.model !== model) continue;
    const observedAt = integerOf(shown, "observedAt") ?? 0;
    return { observedAt, state: health.state, limitResetsAt: integerOf(health, "limitResetsAt") };
  }
  return undefined;
}
