import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinStamp, msOf, nextStamp, splitStamp, stampAfter } from "../../src/record/stamp.js";

describe("a stamp", () => {
  it("is now times 2^16 when the clock went on, and one more than the last when it did not (SEG-046)", () => {
    const now = 1_700_000_000_000;
    const first = nextStamp(0n, now);
    expect(first).toBe(BigInt(now) << 16n);
    expect(nextStamp(first, now)).toBe(first + 1n);
    expect(nextStamp(first, now - 86_400_000)).toBe(first + 1n);
    expect(msOf(nextStamp(first, now + 1))).toBe(now + 1);
  });

  it("carries the counter into the milliseconds", () => {
    expect(msOf(nextStamp((5n << 16n) | 0xffffn, 5))).toBe(6);
  });

  it("steps in halves as it does whole", () => {
    const stamps = fc.bigInt({ min: 0n, max: 2n ** 63n });
    fc.assert(
      fc.property(stamps, fc.integer({ min: 0, max: 2 ** 47 }), (last, nowMs) => {
        expect(joinStamp(stampAfter(splitStamp(last), nowMs))).toBe(nextStamp(last, nowMs));
      }),
      {
        numRuns: 1000,
        examples: [
          [0xffff_ffffn, 0],
          [(7n << 32n) | 0xffff_ffffn, 7],
        ],
      },
    );
  });
});
