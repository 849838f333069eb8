/** What the machine offers: models and runtimes (BRF-014, BRF-015). */
import { word } from "./escape.js";
import type { Facts } from "./facts.js";
import { flagOf, integerOf, textOf } from "./fields.js";
import type { Line } from "./line.js";
import { modelStateAt } from "./model-state.js";
import { ago, clock, span } from "./time.js";

/** How long a model that was turned away or failed is shown, in milliseconds. */
const modelTroubleMs = 86_400_000;

/** Models that are limited, or were turned away or failed within a day. */
export function models(facts: Facts): Line[] {
  return facts.of("model_health").flatMap(({ value, at }) => {
    const state = modelStateAt(value, facts.now);
    const name = [textOf(value, "provider"), textOf(value, "model")].filter((part) => part !== undefined).map(word);
    const model = `model: ${name.join("/")} ${state}`;
    const resetsAt = integerOf(value, "limitResetsAt");
    if (state === "limited" && resetsAt !== undefined)
      return [{ text: `${model} until ${clock(resetsAt, facts.now)}` }];
    if (state === "limited") return [{ text: `${model}, end not known, ${ago(at, facts.now)}` }];
    if ((state !== "retry" && state !== "error") || facts.now - at > modelTroubleMs) return [];
    const status = integerOf(value, "lastStatus");
    const reason = status === undefined ? "" : status === 0 ? ", no answer" : `, HTTP ${status}`;
    return [{ text: `${model}${reason}, ${ago(at, facts.now)}` }];
  });
}

/** Runtimes as they were last seen. */
export function runtimes(facts: Facts): Line[] {
  return facts.of("runtime_summary").map(({ value, at }) => {
    const up = flagOf(value, "up");
    const uptime = integerOf(value, "uptimeSeconds");
    const port = integerOf(value, "port");
    const version = textOf(value, "version");
    const state = up === undefined ? "not known" : up ? "up" : "down";
    let first = word(textOf(value, "name") ?? "?");
    if (version !== undefined) first += ` ${word(version)}`;
    first += ` ${state}`;
    if (up === true && uptime !== undefined) first += ` for ${span(uptime)}`;
    if (port !== undefined) first += ` on port ${port}`;
    const parts = [first];
    const routing = textOf(value, "routing");
    if (routing !== undefined) parts.push(`routing ${word(routing)}`);
    const requests = integerOf(value, "requests");
    const window = integerOf(value, "windowSeconds");
    if (requests !== undefined)
      parts.push(
        `${integerOf(value, "failures") ?? 0} of ${requests} requests failed${window === undefined ? "" : ` in ${span(window)}`}`,
      );
    parts.push(ago(at, facts.now));
    return { text: `runtime: ${parts.join(", ")}` };
  });
}
