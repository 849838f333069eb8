/** What holds of every judgement. That Rust judges alike is what guard-lines.test.ts shows. */
import { expect, it } from "vitest";
import { classLimits } from "../ts/src/gen/tables.js";
import type { Judgement } from "../ts/src/guard/finding.js";
import { judge, policyOf } from "../ts/src/guard/judge.js";
import { encodeVerdict } from "../ts/src/guard/verdict.js";
import type { TextClass } from "../ts/src/record/schema.js";
import { drawFrom } from "./draw.js";
import { randomText } from "./guard-lines.js";

interface Judged {
  readonly textClass: TextClass;
  readonly text: Buffer;
  readonly judgement: Judgement;
}

const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
const draw = drawFrom(seed);
const texts = Array.from({ length: 4000 }, () => Buffer.from(randomText(draw)));
const classes = Object.keys(classLimits) as TextClass[];
const all: readonly Judged[] = classes.flatMap((textClass) =>
  texts.map((text) => ({ textClass, text, judgement: judge(policyOf(textClass), text) })),
);
const acted = (action: Judgement["action"]): readonly Judged[] =>
  all.filter(({ judgement }) => judgement.action === action);
const outputOf = ({ judgement }: Judged): Uint8Array => judgement.output ?? Buffer.alloc(0);
const shown = ({ textClass, text }: Judged): string => `${textClass} ${text.toString("latin1")}`;

/** All of which `holds` is not true; there are some to ask. */
function exceptions(judged: readonly Judged[], holds: (one: Judged) => boolean): string[] {
  expect(judged.length).toBeGreaterThan(texts.length / 50);
  return judged.filter((one) => !holds(one)).map(shown);
}

it(`judges a text the second time as the first (BATON_SEED=${seed})`, () => {
  const again = ({ textClass, text }: Judged): Uint8Array => encodeVerdict(judge(policyOf(textClass), text));
  expect(exceptions(all, (one) => Buffer.compare(again(one), encodeVerdict(one.judgement)) === 0)).toEqual([]);
});

it(`lets a redacted text pass as it is (BATON_SEED=${seed})`, () => {
  const passes = (one: Judged): boolean => judge(policyOf(one.textClass), outputOf(one)).action === "allow";
  expect(exceptions(acted("redact"), passes)).toEqual([]);
});

it(`leaves no secret in a redacted text (BATON_SEED=${seed})`, () => {
  const isClean = (one: Judged): boolean => judge(policyOf("OPAQUE"), outputOf(one)).action === "allow";
  expect(exceptions(acted("redact"), isClean)).toEqual([]);
});

it(`stores nothing that is longer than its class allows (BATON_SEED=${seed})`, () => {
  const stored = [...acted("allow"), ...acted("redact")];
  const fits = ({ textClass, text, judgement }: Judged): boolean =>
    (judgement.output ?? text).length <= classLimits[textClass];
  expect(exceptions(stored, fits)).toEqual([]);
});

it(`finds nothing in what it allows, and something in what it does not (BATON_SEED=${seed})`, () => {
  const agrees = ({ judgement }: Judged): boolean =>
    (judgement.action === "allow") === (judgement.findings.length === 0) &&
    (judgement.action === "redact") === (judgement.output !== undefined);
  expect(exceptions(all, agrees)).toEqual([]);
});

it(`gives places that lie in the text, in their order (BATON_SEED=${seed})`, () => {
  const isInOrder = ({ text, judgement: { findings } }: Judged): boolean =>
    findings.every(({ start = 0, end = text.length }, i) => {
      const before = findings[i - 1]?.start ?? 0;
      return before <= start && start < Math.max(end, 1) && end <= text.length;
    });
  expect(exceptions(all, isInOrder)).toEqual([]);
});
