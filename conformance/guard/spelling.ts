/** Secrets in other spellings, up to two deep, and their twins that pass: three deep, and words in the same spellings. */
import { Spelling } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { spelled } from "../spelling.js";
import { textOf } from "./recipe.js";
import type { GuardRow, Piece } from "./row.js";

const spellings = [
  "BASE64",
  "BASE64URL",
  "BASE64_UTF16",
  "HEX",
  "PERCENT",
  "UNICODE_ESCAPE",
  "HEX_ESCAPE",
  "HTML",
  "HTML_HEX",
];
const value: Piece = {
  alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  length: 36,
  seed: 21,
};
/** The prefix of a classic token of GitHub, and random bytes. */
const token: Piece[] = [{ literal: "ghp_" }, value];
const words: Piece[] = [{ literal: "only words about ghp_ tokens here" }];

/** Rows of cases/guard/spelling.json. */
export function spellingRows(): GuardRow[] {
  const chains = spellings.flatMap((first) => [[first], ...spellings.map((second) => [first, second])]);
  return [
    ...chains.map((chain) => found(chain)),
    ...chains.map((chain) => passes(`words in ${named(chain)} are none`, words, chain)),
    passes("three spellings deep is not looked", token, ["PERCENT", "BASE64", "BASE64"]),
    passes("a placeholder in base64 is none", [{ literal: `ghp_${"x".repeat(36)}` }], ["BASE64"]),
  ];
}

/** All of the text gives the secret, but the padding of base64. */
function found(chain: string[]): GuardRow {
  let text: Buffer = Buffer.from(textOf(token));
  let end = text.length;
  for (const name of chain) {
    const spelling = Spelling[name as keyof typeof Spelling];
    const next = spelled(spelling, text);
    end = isRun(name) ? next.toString().replace(/=+$/, "").length : spelled(spelling, text.subarray(0, end)).length;
    text = next;
  }
  const findings = [{ rule: "github-classic", start: 0, end }];
  return { ...passes(`a token in ${named(chain)} is found`, token, chain), action: "reject", findings };
}

function ruleOf(spelling: string): string {
  if (spelling === "HEX") return "PRV-093";
  return spelling.startsWith("BASE64") ? "PRV-092" : "PRV-091";
}

/** Whether a spelling is decoded as one run. */
function isRun(spelling: string): boolean {
  return spelling.startsWith("BASE64") || spelling === "HEX";
}

function passes(name: string, recipe: Piece[], chain: string[]): GuardRow {
  return {
    name,
    proves: ["PRV-090", ruleOf(chain[0] ?? "")],
    class: "OPAQUE",
    recipe,
    spellings: chain,
    action: "allow",
    findings: [],
  };
}

function named(chain: readonly string[]): string {
  return chain.map((spelling) => spelling.toLowerCase().replaceAll("_", " ")).join(", then ");
}
