/** Health of the models that OpenCode talks to. */
import { describe, expect, it } from "vitest";
import { makePlace, type Place } from "./opencode-place.js";
import { ask, event, replay, withText } from "./opencode-sessions.js";

describe("models", () => {
  const health = (place: Place) => place.recorded("modelHealth").map(({ session: _, ...rest }) => rest);
  const model = { provider: "mock", model: "mock-model" };
  const next = 1795608007400;

  it("are limited until the next attempt after a 429, and available with the next answer", async () => {
    const place = makePlace();
    await replay(place, "limited");
    expect(health(place)).toEqual([
      { ...model, state: 2, limitResetsAt: next },
      { ...model, state: 1 },
    ]);
  });

  it("are limited where an account is, whatever the words", async () => {
    const place = makePlace();
    await replay(place, "free-limit", (call) => withText(call, "Free usage exceeded, subscribe to Go", "no more"));
    expect(health(place)).toMatchObject([{ state: 2, limitResetsAt: next + 100 }, { state: 1 }]);
  });

  it("are to be tried again after a 503", async () => {
    const place = makePlace();
    await replay(place, "overloaded");
    expect(health(place)).toEqual([
      { ...model, state: 3 },
      { ...model, state: 1 },
    ]);
  });

  it("have an error where the provider refuses", async () => {
    const place = makePlace();
    await replay(place, "refused");
    expect(health(place)).toEqual([{ ...model, state: 4, lastStatus: 400 }]);
  });

  it("stay limited until the reset that was told when the attempts are given up", async () => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    const later = Date.now() + 3_600_000;
    const failure = (statusCode: unknown, name = "APIError") =>
      hooks.event(event("session.error", { error: { name, data: { statusCode } } }));
    await hooks.event(
      event("session.status", { status: { type: "retry", message: "Too Many Requests", next: later } }),
    );
    await failure(429);
    await failure(undefined);
    await failure(429, "UnknownError");
    expect(health(place)).toMatchObject([
      { state: 2, limitResetsAt: later },
      { state: 2, limitResetsAt: later, lastStatus: 429 },
    ]);
  });

  const words = {
    "Rate limited: too many requests": 2,
    rate_limit_exceeded: 2,
    "You exceeded your current quota": 2,
    "HTTP 429": 2,
    "Provider is overloaded": 3,
    "mock status 503": 3,
    "port 14290 refused": 3,
    "": 3,
  };

  it.each(Object.entries(words))("are told apart by the words %j", async (message, state) => {
    const place = makePlace();
    const hooks = await place.load();
    await ask(hooks);
    await hooks.event(event("session.status", { status: { type: "retry", attempt: 1, message, next } }));
    expect(health(place)).toMatchObject([{ state }]);
  });

  it("are those that a session talks to: not the one of titles, and none before the first", async () => {
    const place = makePlace();
    const hooks = await place.load();
    const retry = event("session.status", { status: { type: "retry", message: "429", next } });
    await hooks.event(retry);
    expect(health(place)).toEqual([]);
    await ask(hooks);
    await ask(hooks, "ses_1", "You are a title generator.", { id: "small", providerID: "p" });
    await hooks.event(retry);
    expect(health(place)).toMatchObject([{ provider: "p", model: "m" }]);
  });

  it("are recorded once as long as nothing changes", async () => {
    const place = makePlace();
    await replay(place, "session");
    expect(health(place)).toEqual([{ ...model, state: 1 }]);
  });
});
