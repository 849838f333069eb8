import { fromBinary, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Brief, briefOf, mostBriefBytes } from "../../src/brief/brief.js";
import { BriefSchema } from "../../src/gen/baton/state/v1/brief_pb.js";
import { briefTable } from "../../src/gen/tables.js";
import { encodeMessage } from "../../src/record/wire.js";
import { recordOf, stateAt, workspace } from "../fold/records.js";
import { git, typical, worst } from "./corpus.js";

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
const verdictsOf = (brief: Brief): number[] => brief.validations.map((validation) => validation.verdict);

describe("the brief", () => {
  it("is a message of the schema with text, verdicts and git facts", () => {
    const brief = briefOf({ state: stateAt(typical()), git, workspace, reason: 2 });
    const json = toJson(BriefSchema, fromBinary(BriefSchema, encodeMessage(briefTable, brief)));
    expect(json).toMatchObject({
      workspace,
      reason: "BRIEF_REASON_COMPACT",
      omittedLines: 0,
      text: brief.text,
      git: { branch: git.branch, treeDigest: git.treeDigest },
      validations: [
        { verdict: "VERDICT_FRESH", record: { validation: { command: "npm test" } } },
        { verdict: "VERDICT_STALE" },
      ],
    });
  });

  it("is a startup brief where nobody says why", () => {
    expect(briefOf({ state: stateAt([]), workspace }).reason).toBe(1);
  });

  it("tells only of validations whose lines it prints", () => {
    const brief = briefOf({ state: stateAt(worst()), git, workspace });
    const printed = brief.text.split("\n").filter((line) => line.startsWith("check "));
    expect(brief.validations).toHaveLength(printed.length);
    expect(printed.length).toBeLessThan(5);
    expect(verdictsOf(brief)[0]).toBe(1);
  });

  it("counts what it leaves out, and prints whole lines", () => {
    const all = briefOf({ state: stateAt(worst().slice(0, 15)), git, workspace });
    expect(all.omittedLines).toBe(0);
    const brief = briefOf({ state: stateAt(worst()), git, workspace });
    expect(brief.text.endsWith(`\n+${brief.omittedLines} more\n`)).toBe(true);
  });

  it("never takes more than its bytes, and only lines that start with a label, whatever the texts", () => {
    const label =
      /^(Baton brief|where|open|claimed|newer|note|decision|finding|audit|blocker|check [a-z]+|model|runtime|drift)[: ]|^\+\d+ more$/;
    const text = fc.string({ unit: "binary", maxLength: 260 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 40 }), (texts) => {
        const records = texts.flatMap(([a, b], n) => [
          recordOf({ nextAction: { id: `${n}${a}`, text: b, state: 2, claimer: a } }),
          recordOf({ handoffNote: { id: `${n}`, text: a, category: n % 6 } }),
          recordOf({ validation: { command: a, label: b, argvDigest: `${n}` } }),
          recordOf({ runtimeSummary: { name: `${n}${a}`, version: b } }),
        ]);
        const brief = briefOf({ state: stateAt(records), git, workspace });
        expect(bytesOf(brief.text)).toBeLessThanOrEqual(mostBriefBytes);
        for (const line of brief.text.trimEnd().split(/[\n\r\v\f\u0085\u2028\u2029]/)) expect(line).toMatch(label);
      }),
      { numRuns: 50 },
    );
  });
});
