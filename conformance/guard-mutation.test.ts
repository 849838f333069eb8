/**
 * Every rule of the pack is deleted: a case that names it must then fail. Rules are deleted many at a time, which is quick,
 * and each is judged by cases that name no other of them, so that it is as if it had been deleted alone.
 */
import { expect, it } from "vitest";
import { type Finding, inOrder } from "../ts/src/guard/finding.js";
import { carriedRulePack, type RulePack } from "../ts/src/guard/pack.js";
import { compileSecrets, findSecrets, type SecretRules } from "../ts/src/guard/secrets.js";
import { budgetOf } from "../ts/src/guard/steps.js";
import { loadCases, requestOf } from "./cases.js";

/** What a case expects the secret rules to find. */
interface Expectation {
  readonly text: Uint8Array;
  readonly rules: readonly string[];
  readonly findings: string;
}

const pack = carriedRulePack() as RulePack;
const named = pack.named ?? [];
const ids = [...pack.tokens, ...named].map(({ id }) => id);
const runs = 16;
const expectations = loadCases().flatMap((placed): Expectation[] => {
  const { question } = requestOf(placed);
  const findings = placed.case.expected?.verdict?.findings ?? [];
  const rules = findings.flatMap(({ rule }) => (rule !== undefined && ids.includes(rule) ? [rule] : []));
  if (question.case !== "guard" || rules.length === 0) return [];
  return [{ text: question.value.text ?? new Uint8Array(), rules, findings: printed(findings as Finding[]) }];
});

function printed(findings: readonly Finding[]): string {
  return findings.map(({ rule, start, end }) => `${rule} ${start}-${end}`).join(", ");
}

function holds(rules: SecretRules, { text, findings }: Expectation): boolean {
  return printed(inOrder(findSecrets(rules, text, budgetOf(text)).findings)) === findings;
}

it("every rule has two cases or more that name it, and with all rules they hold", () => {
  const rules = compileSecrets(pack);
  expect(expectations.filter((each) => !holds(rules, each)).map(({ findings }) => findings)).toEqual([]);
  const counts = new Map<string, number>();
  for (const id of expectations.flatMap((each) => each.rules)) counts.set(id, (counts.get(id) ?? 0) + 1);
  expect(ids.filter((id) => (counts.get(id) ?? 0) < 2)).toEqual([]);
});

it.each(Array.from({ length: runs }, (_, run) => run))(
  `a case fails for each rule that is deleted (%i of ${runs})`,
  (run) => {
    const deleted = new Set(ids.filter((_, i) => i % runs === run));
    const rules = compileSecrets({
      ...pack,
      tokens: pack.tokens.filter(({ id }) => !deleted.has(id)),
      named: named.filter(({ id }) => !deleted.has(id)),
    });
    const survivors = new Set(deleted);
    for (const each of expectations) {
      const [id = "", ...others] = each.rules.filter((rule) => deleted.has(rule));
      if (survivors.has(id) && others.length === 0 && !holds(rules, each)) survivors.delete(id);
    }
    expect([...survivors]).toEqual([]);
  },
);
