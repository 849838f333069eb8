import { describe, expect, it } from "vitest";
import { answerBrief, casesIn } from "../cases.js";

describe("the shared cases of the brief", () => {
  for (const { name, request, expected } of casesIn("brief"))
    it(name ?? "", () => {
      if (request?.question.case !== "brief") return expect.fail("not a question of the brief");
      expect(answerBrief(request.question.value).text).toBe(expected?.text);
    });
});
