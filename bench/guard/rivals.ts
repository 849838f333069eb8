/** What the guard is measured beside: secretlint, and the rules of the pack as regular expressions. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { carriedRulePack, type Part } from "../../ts/src/guard/pack.js";

/** Something else that looks for secrets. */
export interface Rival {
  readonly name: string;
  judge(texts: readonly string[]): Promise<void>;
}

const tools = join(".baton", "bench-guard");
const packages = ["@secretlint/core@13.1.0", "@secretlint/secretlint-rule-preset-recommend@13.1.0"];

/** secretlint with its recommended rules, all strings as one file: what it is made for. */
export function secretlint(): Rival {
  mkdirSync(tools, { recursive: true });
  if (!existsSync(join(tools, "package.json"))) writeFileSync(join(tools, "package.json"), '{ "private": true }\n');
  if (!existsSync(join(tools, "node_modules/@secretlint/core")))
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent", ...packages], { cwd: tools });
  const load = async (name: string) =>
    import(pathToFileURL(resolve(tools, "node_modules", name, "module/index.js")).href);
  return {
    name: "secretlint MB/s, one file",
    async judge(texts) {
      const { lintSource } = await load("@secretlint/core");
      const { creator } = await load("@secretlint/secretlint-rule-preset-recommend");
      const id = "@secretlint/secretlint-rule-preset-recommend";
      await lintSource({
        source: { content: texts.join("\n"), filePath: "file.txt", contentType: "text" },
        options: { config: { rules: [{ id, rule: creator }] }, noPhysicFilePath: true },
      });
    },
  };
}

/** Tokens and named rules of the rule pack, each as a regular expression that is tried on each string. */
export function regExpList(): Rival {
  const pack = carriedRulePack();
  if (!pack) throw new Error("the rule pack is damaged");
  const tokens = pack.tokens.map(
    ({ literals, parts, lead }) =>
      new RegExp(`${lead ? source(lead) : ""}(?:${anyOf(literals)})${parts.map(source).join("")}`),
  );
  const named = (pack.named ?? []).map(
    ({ names, parts }) =>
      new RegExp(
        `(?:${anyOf(names)})[\\w.-]{0,32}["']?[ \\t]*(?:=>|:=|=|:)[ \\t]*["']?${parts.map(source).join("")}`,
        "i",
      ),
  );
  const list = [...tokens, ...named];
  return {
    name: `${list.length} RegExp MB/s`,
    async judge(texts) {
      for (const text of texts) for (const expression of list) expression.test(text);
    },
  };
}

function source({ literal, set, min = 0, max = min }: Part): string {
  return literal === undefined ? `[${escaped(set ?? "", /[\]\\^]/g)}]{${min},${max}}` : escaped(literal);
}

function anyOf(literals: readonly string[]): string {
  return literals.map((literal) => escaped(literal)).join("|");
}

function escaped(text: string, signs = /[\\^$.*+?()[\]{}|]/g): string {
  return text.replace(signs, "\\$&");
}
