import fc from "fast-check";
import { expect, it } from "vitest";
import { drawFrom } from "../../../conformance/draw.js";
import { randomLine } from "../../../conformance/guard-lines.js";
import { parseFlatJson } from "../../src/guard/flat-json.js";
import { judge, policyOf } from "../../src/guard/judge.js";

const command = policyOf("COMMAND");

it("the shape of a shape is itself, allowed, and within the limit (PRV-065)", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
      const draw = drawFrom(seed);
      for (let i = 0; i < 50; i++) {
        const text = parseFlatJson(randomLine(draw))?.get("text");
        const shaped = text && judge(command, text);
        if (!shaped?.output) continue;
        expect(shaped.output.length).toBeLessThanOrEqual(512);
        expect(judge(command, shaped.output)).toEqual({ action: "allow", findings: [] });
      }
    }),
  );
});

it("a redacted command holds no secret (PRV-066)", () => {
  const draw = drawFrom(1);
  for (let i = 0; i < 5000; i++) {
    const text = parseFlatJson(randomLine(draw))?.get("text");
    const output = text && judge(command, text).output;
    if (output) expect(judge(policyOf("OPAQUE"), output).findings).toEqual([]);
  }
});
