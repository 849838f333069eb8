import { expect, it } from "vitest";
import { escapeForTerminal } from "../../src/cli/output.js";

it("what moves the cursor, reorders or hides text is escaped as the brief and the doctor escape it", () => {
  expect(escapeForTerminal("a\u{1b}[2J\u{202e}b\n\u{9b}\u{ad}\u{e0041}")).toBe(
    "a\\u{1b}[2J\\u{202e}b\\u{a}\\u{9b}\\u{ad}\\u{e0041}",
  );
  expect(escapeForTerminal("Tests für git-репозиторий grün ✓ in C:\\work")).toBe(
    "Tests für git-репозиторий grün ✓ in C:\\work",
  );
});
