import { expect, it } from "vitest";
import { fixtureProblems } from "./verify.js";

it("no fixture is stale, missing, changed or used by nobody", () => {
  expect(fixtureProblems()).toEqual([]);
});
