import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rulePackProblems, type SourcePack, type SourceToken } from "../../../schema/rule-pack-lint.js";
import { rulePackBase64, rulePackSha256 } from "../../src/gen/rule-pack.js";
import { parseByteSet } from "../../src/guard/byte-set.js";
import { readRulePack } from "../../src/guard/pack.js";

const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack;
const casesOf = (file: string): string => readFileSync(`conformance/cases/guard/${file}.json`, "utf8");
const rule: SourceToken = {
  id: "aaa",
  literals: ["aa_"],
  parts: [{ set: "a-z", min: 4 }],
  provenance: "nobody",
};
const withRule = (changed: Partial<SourceToken>): string[] =>
  rulePackProblems({ ...pack, tokens: [{ ...rule, ...changed }, ...pack.tokens] });

it("the pack as committed has no problem", () => {
  expect(rulePackProblems(pack)).toEqual([]);
  expect(withRule({})).toEqual([]);
});

describe("the lint refuses", () => {
  it("ids that are not sorted, not kebab, or taken by this guard (PRV-050)", () => {
    expect(withRule({ id: "zzz" }).join()).toContain("not sorted");
    expect(withRule({ id: "Aaa" }).join()).toContain("kebab");
    expect(rulePackProblems({ ...pack, tokens: [{ ...rule, id: "alphabet" }] }).join()).toContain("taken");
  });

  it("ids that a rule of the other kind has (PRV-050)", () => {
    const named = [{ id: "aaa", names: ["aaa"], parts: [{ set: "a-z", min: 12 }], provenance: "nobody" }];
    expect(rulePackProblems({ ...pack, tokens: [], named })).toEqual([]);
    expect(rulePackProblems({ ...pack, tokens: [rule], named }).join()).toContain("taken");
  });

  it.each([
    ["a name in upper case", { names: ["Aaa"] }],
    ["a name of two bytes", { names: ["aa"] }],
    ["a name that stands twice", { names: ["aaa", "aaa"] }],
    ["two names that are one with hyphens", { names: ["a_b-c", "a-b_c"] }],
    ["no name", { names: [] }],
    ["a short value", { parts: [{ set: "a-z", min: 11 }] }],
    ["a variable part that runs into the next", { parts: [{ set: "a-z", min: 12, max: 14 }, { literal: "x" }] }],
    ["no provenance", { provenance: "" }],
  ])("a named rule with %s", (_, changed) => {
    const named = { id: "aaa", names: ["aaa"], parts: [{ set: "a-z", min: 12 }], provenance: "nobody", ...changed };
    expect(rulePackProblems({ ...pack, tokens: [], named: [named] })).toHaveLength(1);
  });

  it("a part of variable length that runs into what follows it (PRV-052)", () => {
    const parts = [{ set: "a-z", min: 4, max: 8 }, { literal: "x" }];
    expect(withRule({ parts }).join()).toContain("runs into");
    expect(withRule({ parts: [{ set: "a-z", min: 4 }, { literal: "x" }] })).toEqual([]);
  });

  it("a rule without provenance (PRV-053)", () => {
    expect(withRule({ provenance: "" }).join()).toContain("provenance");
  });

  it("random text that is shorter than the runs that are looked for (PRV-100)", () => {
    expect(rulePackProblems({ ...pack, opaque: { ...pack.opaque, minBytes: 15 } })).toEqual([
      "opaque: min_bytes is below 16",
    ]);
  });

  it("marks of turns that begin as words do, and roles that do not (PRV-035)", () => {
    expect(rulePackProblems({ ...pack, turnMarks: ["user>"] })).toEqual([
      "turn_marks: user> begins with none of < | [ ~",
    ]);
    expect(rulePackProblems({ ...pack, roles: ["[user"] })).toEqual(["roles: [user is no lower-case word"]);
  });

  it("a code point that is in two scripts (PRV-055)", () => {
    const { alphabet } = pack;
    const scripts = [...alphabet.scripts, { name: "Twice", ranges: ["0041"] }];
    expect(rulePackProblems({ ...pack, alphabet: { ...alphabet, scripts } }).join()).toContain("too");
  });
});

it("a byte set holds single bytes and ranges, and a hyphen that stands at the end (PRV-051)", () => {
  const members = [...parseByteSet("a-c_0-").entries()].filter(([, member]) => member === 1);
  expect(String.fromCharCode(...members.map(([byte]) => byte))).toBe("-0_abc");
});

it("every token rule has a case that it finds, one inside a URL, and one that it does not (PRV-054)", () => {
  const cases = casesOf("token");
  for (const { id } of pack.tokens)
    for (const name of [`${id} is found`, `${id} is found inside a URL`, `${id} with a byte less is none`])
      expect(cases).toContain(JSON.stringify(name));
});

it("every named rule has a case in code, one in a query, and one without the name that it does not find (PRV-054)", () => {
  const cases = casesOf("named");
  for (const { id } of pack.named ?? [])
    for (const name of [
      `${id} is found behind its name`,
      `${id} is found in a query`,
      `${id} without its name is none`,
    ])
      expect(cases).toContain(JSON.stringify(name));
});

it("a pack whose bytes do not have the hash is not believed (PRV-056)", () => {
  const bytes = Buffer.from(rulePackBase64, "base64");
  expect(readRulePack(bytes, rulePackSha256)?.tokens.length).toBe(pack.tokens.length);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  expect(readRulePack(bytes, rulePackSha256)).toBeUndefined();
});
