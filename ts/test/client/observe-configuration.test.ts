/** What `baton observe` finds out of OpenCode's configuration (docs/proof.md, OBS-007), and what it never keeps. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { shownRecords } from "../../src/client/state.js";
import { makePlace, type Place } from "./observe-place.js";

const userinfo = "user:word";
let place: Place;
beforeEach(() => {
  place = makePlace();
});

const facts = () =>
  Object.fromEntries(
    shownRecords(place.client().state(), "config_fact").map(({ configFact }) => {
      const { subject, name, value } = configFact as Record<string, unknown>;
      return [`${subject} ${name}`, value];
    }),
  );

describe("the configuration of OpenCode", () => {
  const config = (text: string, file = "opencode.jsonc") =>
    writeFileSync(join(place.root, "config/opencode", file), text);

  it("tells provider, base host, model and small model, and nothing else of it is stored (OBS-007)", async () => {
    config(`{
      // with comments
      "model": "zen/big-pickle", "small_model": "zen/mimo",
      "provider": { "zen": { "options": { "baseURL": "http://${userinfo}@127.0.0.1:3000/v1?key=1", "apiKey": "k-123" } }, },
    }`);
    await place.look();
    expect(facts()).toMatchObject({
      "4 2": "zen",
      "4 3": "127.0.0.1:3000",
      "4 4": "zen/big-pickle",
      "4 5": "zen/mimo",
    });
    expect(await place.look()).toMatchObject({ facts: 0 });
    const stored = readdirSync(join(place.root, "state/segments")).map((file) =>
      readFileSync(join(place.root, "state/segments", file)),
    );
    for (const secret of ["k-123", "user", "word", "key=1"]) expect(Buffer.concat(stored).includes(secret)).toBe(false);
  });

  it("hides the host of another machine behind an alias", async () => {
    config(`{ "provider": { "corp": { "options": { "baseURL": "https://llm.corp.example/v1" } } } }`);
    await place.look();
    expect(facts()["4 2"]).toBe("corp");
    expect(facts()["4 3"]).toMatch(/^h-[0-9a-f]{16}$/);
  });

  it("is read from all files that OpenCode reads, the last one holding, and left out where it is broken", async () => {
    config(`{ "model": "zen/one", "small_model": "zen/small" }`, "config.json");
    config(`{ "model": "zen/two" }`, "opencode.json");
    config(`{ "model": `);
    await place.look();
    expect(facts()).toMatchObject({ "4 4": "zen/two", "4 5": "zen/small" });
    config(`{ "model": "not a model\\u001b", "small_model": ["x"] }`, "opencode.json");
    place.moveClock(1000);
    await place.look();
    expect(facts()).toMatchObject({ "4 4": "zen/two", "4 5": "zen/small" });
  });

  it("is read off-line too, and is absent where there is none", async () => {
    await place.look({ offline: true });
    expect(Object.keys(facts())).toEqual(["1 1"]);
    config(`{ "model": "zen/one" }`);
    await place.look({ offline: true });
    expect(facts()).toMatchObject({ "4 4": "zen/one" });
  });
});

it("userinfo, hosts and paths of a real repository are in no record of an observation", async () => {
  place.git("remote", "set-url", "origin", `https://${userinfo}@git.corp.example:8443/Team/App.git?token=1`);
  place.git("remote", "add", "upstream", "ssh://deploy@git.corp.example/Up/App.git");
  await place.look();
  const stored = readdirSync(join(place.root, "state/segments")).map((file) =>
    readFileSync(join(place.root, "state/segments", file)),
  );
  for (const secret of [
    "user",
    "word",
    "corp",
    "deploy",
    "token",
    "Team",
    "team",
    place.root,
    resolve(place.repository),
  ])
    expect(Buffer.concat(stored).includes(secret), secret).toBe(false);
});
