/** That docs/privacy-proof.md says what is run, planted and looked for. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { keyed, said } from "./channels.js";
import { digestsOf, formsOf } from "./forms.js";
import { pipeline } from "./pipeline.js";

const rows = readFileSync("docs/privacy-proof.md", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.slice(2, -2).split(" | "));

it("the page has each channel with what it is, and no other", () => {
  const channels = Object.entries({ ...said, ...keyed }).map(([channel, what]) => [`\`${channel}\``, what]);
  const listed = rows.filter(([first = ""]) => channels.some(([channel]) => channel === first));
  expect(listed).toEqual(channels);
});

it("the page has each form that is looked for", () => {
  const listed = rows.flatMap(([first = ""]) => first.split(", "));
  const names = [...formsOf("canary"), ...digestsOf(["canary"])].map(({ name }) => name);
  expect(names.filter((name) => !listed.includes(name))).toEqual([]);
});

it("the page has each step, and says which of them `npm test` leaves out", () => {
  const listed = rows.flatMap(([first = ""]) => first.split(", "));
  const steps = pipeline.filter(({ name }) => !name.startsWith("codex-"));
  const names = steps.map(({ name, isExtra }) => `\`${name}\`${isExtra === true ? "*" : ""}`);
  expect(names.filter((name) => !listed.includes(name))).toEqual([]);
});
