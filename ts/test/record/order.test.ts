import { describe, expect, it } from "vitest";
import { compareText } from "../../src/record/order.js";

describe("the order of texts", () => {
  it("is that of their UTF-8 bytes", () => {
    const texts = ["\u{1f600}", "\ufffd", "é", "z", "a", "aa", "", "\u{10ffff}"];
    const byBytes = [...texts].sort((l, r) => Buffer.compare(Buffer.from(l), Buffer.from(r)));
    expect([...texts].sort(compareText)).toEqual(byBytes);
  });

  it("takes a lone surrogate for a code point", () => {
    const inOrder = ["\ud7ff", "\ud83d", "\ud83da", "\ud83d\ud83d", "\ude00", "\ue000", "\u{1f600}", "\u{1f600}a"];
    expect([...inOrder].reverse().sort(compareText)).toEqual(inOrder);
  });
});
