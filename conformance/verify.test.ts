import { expect, it } from "vitest";
import { fixtureProblems, ruleProblems } from "./verify.js";

it("no fixture is stale, missing, changed or used by nobody", () => {
  expect(fixtureProblems()).toEqual([]);
});

it("every rule of docs/ is proved or has a listed reason, and every rule that is named is defined", () => {
  expect(ruleProblems()).toEqual([]);
});
