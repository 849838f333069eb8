/** Runs that look random, each with a twin that passes. */
import { allows, type GuardRow, type Piece } from "./row.js";

const mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A row in which a run of random bytes between `before` and `behind` is found. */
function finds(
  name: string,
  textClass: GuardRow["class"],
  before: string,
  piece: Piece & { length: number },
  behind = "",
): GuardRow {
  const start = Buffer.byteLength(before);
  return {
    name,
    proves: ["PRV-100", "PRV-101"],
    class: textClass,
    recipe: [{ literal: before }, piece, ...(behind ? [{ literal: behind }] : [])],
    action: "reject",
    findings: [{ rule: "opaque", start, end: start + piece.length }],
  };
}

/** A row in which a run of random bytes passes. */
function leaves(name: string, textClass: GuardRow["class"], before: string, piece: Piece, proves: string): GuardRow {
  const recipe = [{ literal: before }, piece];
  return { name, proves: [proves], class: textClass, recipe, action: "allow", findings: [] };
}

const run = { alphabet: mixed, length: 32, seed: 5 };

/** Rows of cases/guard/opaque.json. */
export const opaqueRows: GuardRow[] = [
  finds("a random run in a note", "NOTE", "use ", run, " for it"),
  finds("a random run in a path", "REPO_PATH", "cache/", run, "/x.bin"),
  finds("a random run in a reference", "REF", "feature/", run),
  finds("a random run in the path of a URL", "URL", "https://example.org/", run, "/x"),
  finds("a random run in an identifier", "IDENT", "id:", run),
  finds("a random run of small letters and digits", "NOTE", "use ", {
    alphabet: "abcdefghijklmnopqrstuvwxyz0123456789",
    length: 40,
    seed: 9,
  }),
  leaves("a random run where any bytes may stand", "OPAQUE", "use ", run, "PRV-100"),
  leaves("a short random run", "NOTE", "use ", { alphabet: mixed, length: 19, seed: 5 }, "PRV-101"),
  leaves("a long digest", "NOTE", "at ", { alphabet: "0123456789abcdef", length: 64, seed: 5 }, "PRV-101"),
  leaves("a checksum behind its name", "NOTE", "got sha512-", { alphabet: mixed, length: 86, seed: 5 }, "PRV-102"),
  leaves("a fingerprint behind its name", "NOTE", "key SHA256:", { alphabet: mixed, length: 43, seed: 5 }, "PRV-102"),
  allows("a ULID is not random enough", ["PRV-101"], "NOTE", "run 01ARZ3NDEKTSV4RRFFQ69G5FAV again"),
  allows("a UUID behind a word", ["PRV-101"], "REF", "fix-123e4567-e89b-42d3-a456-426614174000"),
  allows("words in CamelCase with digits", ["PRV-101"], "REPO_PATH", "src/Http2ServerWithTls13AndJdk8PlatformTest.kt"),
  allows(
    "a kebab name of a model",
    ["PRV-101"],
    "NOTE",
    "try claude-sonnet-4-5-20250929 or Qwen2.5-Coder-32B-Instruct",
  ),
];
