import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAbove, msOf, nextStamp, noStamp, splitStamp } from "../../src/record/stamp.js";

/** What SEG-046 says, in one number. */
function specified(last: bigint, nowMs: number): bigint {
  const now = BigInt(nowMs) << 16n;
  return now > last ? now : last + 1n;
}

describe("a stamp", () => {
  it("is now times 2^16 when the clock went on, and one more than the last when it did not (SEG-046)", () => {
    const now = 1_700_000_000_000;
    const first = nextStamp(noStamp, now);
    expect(first).toEqual(splitStamp(BigInt(now) << 16n));
    expect(nextStamp(first, now)).toEqual(splitStamp((BigInt(now) << 16n) + 1n));
    expect(nextStamp(first, now - 86_400_000)).toEqual(nextStamp(first, now));
    expect(msOf(nextStamp(first, now + 1))).toBe(now + 1);
  });

  it("carries the counter into the milliseconds", () => {
    expect(msOf(nextStamp(splitStamp((5n << 16n) | 0xffffn), 5))).toBe(6);
  });

  it("steps and compares in halves as it does whole", () => {
    const stamps = fc.bigInt({ min: 0n, max: 2n ** 63n });
    fc.assert(
      fc.property(stamps, fc.integer({ min: 0, max: 2 ** 47 }), (last, nowMs) => {
        const next = nextStamp(splitStamp(last), nowMs);
        expect(next).toEqual(splitStamp(specified(last, nowMs)));
        expect(isAbove(next, splitStamp(last))).toBe(true);
        expect(isAbove(splitStamp(last), next)).toBe(false);
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
