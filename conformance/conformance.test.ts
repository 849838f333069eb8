/** Every case, asked of every language. */
import { toBinary, toJson } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, it } from "vitest";
import { type Case, type Response, ResponseSchema } from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { loadCases, requestOf } from "./cases.js";
import expectedFailures from "./expected-failures.json" with { type: "json" };
import { type Answer, ask, type Language, languages } from "./languages.js";
import { unanswered } from "./messages.js";

const cases = loadCases();
const failures: readonly string[] = expectedFailures;
const answers = new Map<Language, readonly Answer[]>();

function answerOf(language: Language, index: number): Answer {
  const answer = answers.get(language)?.[index];
  if (!answer) throw new Error(`the ${language} runner gave no answer`);
  expect(answer.response.error, "the runner cannot answer this question").not.toBe(unanswered);
  return answer;
}

/** Of the answers to `read` and `brief` only what the case expects: it may leave out what other cases pin down. */
function narrowed(response: Response, { request, expected }: Case): Response {
  const copy: Response = { ...response };
  if (request?.question.case !== "read" && request?.question.case !== "brief") return copy;
  if (expected?.verify === undefined) delete copy.verify;
  if (expected?.statusJson === undefined) delete copy.statusJson;
  if (expected?.text === undefined) delete copy.text;
  if (expected?.exportLines.length === 0) copy.exportLines = [];
  return copy;
}

describe.each(languages)("%s", (language) => {
  beforeAll(() => {
    answers.set(language, ask(language, cases.map(requestOf)));
  }, 300_000);

  it.each(cases.map((placed, index) => ({ ...placed, index })))("$id", ({ id, index, case: asked }) => {
    const check = (): void => {
      const { expected } = asked;
      if (!expected) throw new Error("the case expects nothing");
      const { response } = answerOf(language, index);
      const answer = narrowed(response, asked);
      expect(toJson(ResponseSchema, answer)).toEqual(toJson(ResponseSchema, expected));
      const bytes = Buffer.from(toBinary(ResponseSchema, answer));
      expect(bytes.equals(toBinary(ResponseSchema, expected)), "the same bytes").toBe(true);
    };
    if (!failures.includes(`${language}: ${id}`)) return check();
    expect(check, "passes, though conformance/expected-failures.json lists it").toThrow();
  });
});

describe("all languages", () => {
  it.each(cases.map((placed, index) => ({ ...placed, index })))("give the same bytes: $id", ({ id, index }) => {
    if (languages.some((language) => failures.includes(`${language}: ${id}`))) return;
    const [first, ...others] = languages.map((language) => answerOf(language, index));
    for (const other of others) {
      expect(toJson(ResponseSchema, other.response)).toEqual(toJson(ResponseSchema, first!.response));
      expect(Buffer.from(other.bytes).equals(first!.bytes), "the same bytes").toBe(true);
    }
  });

  it("are expected to fail only in cases that are there", () => {
    const known = new Set(cases.flatMap(({ id }) => languages.map((language) => `${language}: ${id}`)));
    expect(failures.filter((failure) => !known.has(failure))).toEqual([]);
  });
});

it("no two cases of a file have one name", () => {
  expect(cases.map(({ id }) => id).filter((id, i, ids) => ids.indexOf(id) !== i)).toEqual([]);
});
