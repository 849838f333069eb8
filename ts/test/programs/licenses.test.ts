/** Which licences may be handed on inside Baton's programs. */
import { expect, test } from "vitest";
import { isAllowed, licenseText } from "../../../scripts/licenses.mjs";

test("a licence that asks for its text alone is allowed, in every form that packages write it", () => {
  for (const license of [
    "MIT",
    "MIT OR Apache-2.0",
    "MIT/Apache-2.0",
    "Apache-2.0 / MIT",
    "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
    "GPL-3.0 OR (MIT AND Unicode-3.0)",
    "(MIT OR Apache-2.0) AND Unicode-3.0",
    "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
  ])
    expect(isAllowed(license), license).toBe(true);
});

test("a licence that asks for more, is not known or does not parse is refused", () => {
  for (const license of [
    "GPL-3.0-only",
    "LGPL-2.1-or-later",
    "MPL-2.0",
    "AGPL-3.0 OR SSPL-1.0",
    "MIT AND GPL-2.0",
    "(MIT OR Apache-2.0) AND MPL-2.0",
    "SEE LICENSE IN LICENSE.md",
    "UNLICENSED",
    "none named",
    "MIT OR",
    "(MIT",
    "MIT)",
    "MIT Apache-2.0",
    "",
  ])
    expect(isAllowed(license), license).toBe(false);
});

const found = {
  name: "one",
  version: "1.0.0",
  license: "MIT",
  repository: "https://example.com/all",
  texts: ["Text of one"],
};

test("each text stands once, below all that it is the text of", () => {
  const other = { ...found, name: "other" };
  const without = { ...found, name: "without", texts: [] };
  const text = licenseText([other, found, without], ["A note.\n"]);
  expect(text.match(/Text of one/g)).toHaveLength(1);
  expect(text).toContain("one 1.0.0 (MIT)\nother 1.0.0 (MIT)\nwithout 1.0.0 (MIT)\n\nText of one\n");
  expect(text.startsWith("A note.\n")).toBe(true);
});

test("what may not be handed on, and what brings no text, is named", () => {
  const copyleft = { ...found, name: "copyleft", license: "GPL-3.0-only" };
  const alone = { ...found, name: "alone", repository: "https://example.com/alone", texts: [] };
  expect(() => licenseText([found, copyleft, alone])).toThrow(
    /copyleft 1\.0\.0 \(GPL-3\.0-only\): not a licence.*\nalone 1\.0\.0 \(MIT\): no text/,
  );
});
