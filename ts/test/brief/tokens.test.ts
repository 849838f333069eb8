import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { briefOf, mostBriefBytes } from "../../src/brief/brief.js";
import { stateAt, workspace } from "../fold/records.js";
import { git, typical, worst } from "./corpus.js";

describe("the brief in tokens of o200k", () => {
  it("takes at most 400 for a day of work", () => {
    const { text } = briefOf({ state: stateAt(typical()), git, workspace });
    expect(countTokens(text)).toBeLessThanOrEqual(400);
  });

  it("takes at most 1,200 and 3,000 bytes when everything is as long and as much as it may be", () => {
    const { text, omittedLines } = briefOf({ state: stateAt(worst()), git, workspace });
    expect(omittedLines).toBeGreaterThan(100);
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(mostBriefBytes);
    expect(new TextEncoder().encode(text).length).toBeGreaterThan(mostBriefBytes - 400);
    expect(countTokens(text)).toBeLessThanOrEqual(1200);
  });
});
