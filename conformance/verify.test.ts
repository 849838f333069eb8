import { expect, it } from "vitest";
import { fixtureProblems, linkProblems, ruleProblems } from "./verify.js";

it("no fixture is stale, missing, changed or used by nobody", () => {
  expect(fixtureProblems()).toEqual([]);
});

it("every rule of docs/ is proved or has a listed reason, and every rule that is named is defined", () => {
  expect(ruleProblems()).toEqual([]);
});

it("every link of every page leads to a file, and to a heading of it", () => {
  expect(linkProblems()).toEqual([]);
});
