import { expect, it } from "vitest";
import { judge, policyOf } from "../../src/guard/judge.js";
import { guardText } from "../../src/guard/text.js";
import type { BatonError } from "../../src/record/error.js";
import type { TextClass } from "../../src/record/schema.js";

const utf8 = new TextEncoder();

const classes: TextClass[] = ["ENUM", "IDENT", "DIGEST", "REPO_PATH", "REF", "URL", "COMMAND", "NOTE", "OPAQUE"];

it("empty text is refused in every class", () => {
  for (const name of classes)
    expect(judge(policyOf(name), new Uint8Array(0))).toEqual({ action: "reject", findings: [{ rule: "empty" }] });
});

it("a limit counts bytes of UTF-8, not characters", () => {
  const note = { ...policyOf("NOTE"), maxBytes: 6 };
  expect(judge(note, utf8.encode("три")).action).toBe("allow");
  expect(judge(note, utf8.encode("трие")).findings).toEqual([{ rule: "too-long" }]);
});

it("bytes that are not UTF-8 are refused without offsets", () => {
  for (const bytes of [
    [0x61, 0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x80],
  ])
    expect(judge(policyOf("NOTE"), Uint8Array.from(bytes)).findings).toEqual([{ rule: "input" }]);
});

it("a lone surrogate is refused, a pair is judged as one character", () => {
  expect(() => guardText(policyOf("NOTE"), "half \ud83d here", "handoff_note.text")).toThrow(/rule input/);
  expect(() => guardText(policyOf("NOTE"), "whole \u{1f600} here")).toThrow(/rule alphabet at 6\.\.10/);
});

it("a text is stored only as the guard gives it back (PRV-001)", () => {
  expect(new TextDecoder().decode(guardText(policyOf("COMMAND"), "A=1 npm test"))).toBe("npm test");
  expect(new TextDecoder().decode(guardText(policyOf("NOTE"), "as it is"))).toBe("as it is");
});

it("a refusal names field, rule and offsets, and never the text", () => {
  let error: BatonError | undefined;
  try {
    guardText(policyOf("NOTE"), "see {hidden} words", "handoff_note.text");
  } catch (thrown) {
    error = thrown as BatonError;
  }
  expect(error?.code).toBe("BTN-G01");
  expect(error?.field).toBe("handoff_note.text");
  expect(error?.message).toBe("text may not be stored, handoff_note.text, rule markup at 4..5");
});
