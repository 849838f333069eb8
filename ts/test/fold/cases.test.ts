import { describe, expect, it } from "vitest";
import { answerBrief, casesIn } from "../cases.js";

describe("the shared cases of the fold", () => {
  for (const { name, request, expected } of casesIn("fold"))
    it(name ?? "", () => {
      if (request?.question.case !== "brief") return expect.fail("not a question of the fold");
      expect(answerBrief(request.question.value).statusJson).toBe(expected?.statusJson);
    });
});
