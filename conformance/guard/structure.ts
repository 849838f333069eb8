/** Structure of the text classes: what each allows, and what each refuses. */
import { allows, type GuardRow, refuses } from "./row.js";

const hex40 = "0123456789abcdef0123456789abcdef01234567";

/** Rows of cases/guard/structure.json. */
export const structureRows: GuardRow[] = [
  allows("an enum text is one of the listed values", ["PRV-010"], "ENUM", "timeout", {
    value: ["timeout", "http_5xx"],
  }),
  refuses("an enum text that is not listed is refused", ["PRV-010"], "ENUM", "retry", "enum", { value: ["timeout"] }),
  allows("an enum text without a list is a lower-case word", ["PRV-010"], "ENUM", "http_5xx"),
  refuses("an enum text holds no capital letter", ["PRV-010"], "ENUM", "time⟦O⟧ut", "enum"),
  refuses("an enum text starts with a letter", ["PRV-010"], "ENUM", "⟦5⟧xx", "enum"),

  allows("a digest has one of the declared lengths", ["PRV-011"], "DIGEST", hex40, { hexLength: [40, 64] }),
  allows("a digest without declared lengths has 32, 40 or 64 digits", ["PRV-011"], "DIGEST", hex40.slice(0, 32)),
  refuses("a digest of another length is refused", ["PRV-011"], "DIGEST", hex40.slice(1), "digest"),
  refuses("a digest that is too short for its field is refused", ["PRV-011"], "DIGEST", hex40, "digest", {
    hexLength: [64],
  }),
  refuses("a digest is in lower case", ["PRV-011"], "DIGEST", `${hex40.slice(0, 10)}⟦A⟧${hex40.slice(11)}`, "digest"),

  allows("an identifier of any shape holds slashes, colons and signs", ["PRV-012"], "IDENT", "@scope/name:v1.2+x_y-z"),
  refuses("an identifier holds no space", ["PRV-012"], "IDENT", "two⟦ ⟧words", "ident"),
  refuses("an identifier is no absolute path", ["PRV-012"], "IDENT", "⟦/⟧etc/passwd", "ident"),
  refuses("an identifier holds no parent folder", ["PRV-012"], "IDENT", "a/⟦.⟧./b", "ident"),
  refuses("an identifier is no URL", ["PRV-012"], "IDENT", "https:/⟦/⟧h/x", "ident"),
  refuses("an identifier is ASCII", ["PRV-012"], "IDENT", "caf⟦é⟧", "ident"),
  allows("a name has letters, digits, dots, underscores and hyphens", ["PRV-013"], "IDENT", "v1.2_x-3", {
    shape: "NAME",
  }),
  refuses("a name starts with a letter or a digit", ["PRV-013"], "IDENT", "⟦-⟧x", "ident", { shape: "NAME" }),
  refuses("a name holds no slash", ["PRV-013"], "IDENT", "a⟦/⟧b", "ident", { shape: "NAME" }),
  allows("an alias is a prefix and 16 digits", ["PRV-014"], "IDENT", "ws-0123456789abcdef", { shape: "ALIAS" }),
  allows("an alias may have a prefix of one letter", ["PRV-014"], "IDENT", "n-0123456789abcdef", { shape: "ALIAS" }),
  refuses("an alias has no fewer digits", ["PRV-014"], "IDENT", "ws-0123456789abcde", "ident", { shape: "ALIAS" }),
  refuses("an alias has no more digits", ["PRV-014"], "IDENT", "ws-0123456789abcdef⟦0⟧", "ident", { shape: "ALIAS" }),
  refuses("an alias has no prefix of three letters", ["PRV-014"], "IDENT", "ws⟦s⟧-0123456789abcdef", "ident", {
    shape: "ALIAS",
  }),
  allows("a workspace is host, owner and repository", ["PRV-015"], "IDENT", "github.com/owner/repo.js", {
    shape: "WORKSPACE",
  }),
  allows("a workspace may lie in deeper groups", ["PRV-015"], "IDENT", "gitlab.com/a/b/c", { shape: "WORKSPACE" }),
  allows("a workspace may be an alias", ["PRV-015"], "IDENT", "ws-0123456789abcdef", { shape: "WORKSPACE" }),
  refuses("a workspace is in lower case", ["PRV-015"], "IDENT", "github.com/⟦O⟧wner/repo", "ident", {
    shape: "WORKSPACE",
  }),
  refuses("a workspace has an owner", ["PRV-015"], "IDENT", "github.com/repo", "ident", { shape: "WORKSPACE" }),
  refuses("a workspace has no empty segment", ["PRV-015"], "IDENT", "github.com/a/⟦/⟧b", "ident", {
    shape: "WORKSPACE",
  }),
  allows("a host may have a port", ["PRV-016"], "IDENT", "api.example.org:8443", { shape: "HOST" }),
  refuses("a port is at most 65535", ["PRV-016"], "IDENT", "localhost:6553⟦6⟧", "ident", { shape: "HOST" }),
  refuses("a label of a host does not end in a hyphen", ["PRV-016"], "IDENT", "a-⟦.⟧org", "ident", { shape: "HOST" }),
  refuses("a host has no path", ["PRV-016"], "IDENT", "localhost⟦/⟧x", "ident", { shape: "HOST" }),
  allows("a model may have a vendor and a date", ["PRV-017"], "IDENT", "vendor/model-4.1:free@20260101", {
    shape: "MODEL",
  }),
  allows("a model may start with an at sign", ["PRV-017"], "IDENT", "@cf/meta/llama-3", { shape: "MODEL" }),
  refuses("a model does not end in a slash", ["PRV-017"], "IDENT", "vendor/", "ident", { shape: "MODEL" }),
  refuses("a model has no empty segment", ["PRV-017"], "IDENT", "vendor/⟦/⟧model", "ident", { shape: "MODEL" }),
  allows("a time may be RFC 3339", ["PRV-018"], "IDENT", "2026-11-23T17:00:00.25+01:00", { shape: "TIME" }),
  allows("a time may be a duration", ["PRV-018"], "IDENT", "6m0.5s", { shape: "TIME" }),
  allows("a time may be a number", ["PRV-018"], "IDENT", "1718000000.123", { shape: "TIME" }),
  refuses("a time has no words", ["PRV-018"], "IDENT", "⟦t⟧omorrow", "ident", { shape: "TIME" }),
  refuses("a time has only known units", ["PRV-018"], "IDENT", "5⟦y⟧", "ident", { shape: "TIME" }),

  allows(
    "a path may hold brackets, parentheses and plus signs",
    ["PRV-020"],
    "REPO_PATH",
    "app/[slug]/(group)/+page.ts",
  ),
  allows("a path may hold inner spaces and letters of one script", ["PRV-020"], "REPO_PATH", "docs/Отчёт 2.md"),
  refuses("a path does not leave the repository", ["PRV-020"], "REPO_PATH", "src/⟦.⟧./x", "path"),
  refuses("a path is not absolute", ["PRV-020"], "REPO_PATH", "⟦/⟧etc/hosts", "path"),
  refuses("a path has no drive", ["PRV-020"], "REPO_PATH", "C⟦:⟧/x", "alphabet"),
  refuses("a path has no backslash", ["PRV-020"], "REPO_PATH", "a⟦\\⟧b", "alphabet"),
  refuses("a path has no home folder", ["PRV-020"], "REPO_PATH", "⟦~⟧/x", "alphabet"),
  refuses("a path does not start with a hyphen", ["PRV-020"], "REPO_PATH", "⟦-⟧rf", "path"),
  refuses("a path does not end in a slash", ["PRV-020"], "REPO_PATH", "src/", "path"),
  refuses("a path mixes no scripts in a word", ["PRV-020", "PRV-031"], "REPO_PATH", "src/⟦pа⟧y.ts", "mixed-script"),

  allows("a reference may have levels", ["PRV-021"], "REF", "refs/heads/feature/#12-x"),
  allows("a reference may be in another script", ["PRV-021"], "REF", "feature/größe"),
  refuses("a reference has no two dots", ["PRV-021"], "REF", "a⟦.⟧.b", "ref"),
  refuses("a level of a reference does not start with a dot", ["PRV-021"], "REF", "a/⟦.⟧b", "ref"),
  refuses("a level of a reference does not end in .lock", ["PRV-021"], "REF", "a⟦.⟧lock/b", "ref"),
  refuses("a reference does not end in a dot", ["PRV-021"], "REF", "a⟦.⟧", "ref"),
  refuses("a reference does not end in a slash", ["PRV-021"], "REF", "a/", "ref"),
  refuses("a reference holds no at sign before a brace", ["PRV-021"], "REF", "a⟦@⟧{1}", "ref"),
  refuses("a reference is not a single at sign", ["PRV-021"], "REF", "⟦@⟧", "ref"),
  refuses("a reference does not start with a hyphen", ["PRV-021"], "REF", "⟦-⟧x", "ref"),
  ...[" ", "~", "^", ":", "?", "*", "[", "\\"].map((byte) =>
    refuses(`a reference holds no "${byte}"`, ["PRV-021"], "REF", `a⟦${byte}⟧b`, "alphabet"),
  ),

  allows("a URL has scheme, host, port and path", ["PRV-022"], "URL", "https://example.org:8443/a/b%20c;d=1"),
  allows("a URL may name an IPv6 host", ["PRV-022"], "URL", "ssh://[2001:db8::1]:22/x"),
  allows("a URL may have no path", ["PRV-022"], "URL", "http://localhost:8080"),
  refuses("a URL has a listed scheme", ["PRV-022"], "URL", "⟦f⟧ile:///etc/hosts", "url"),
  refuses("a URL has no userinfo", ["PRV-022"], "URL", "ssh://git⟦@⟧localhost/x", "url"),
  refuses("a URL has no query", ["PRV-022"], "URL", "https://example.org/x⟦?⟧y=1", "url"),
  refuses("a URL has no fragment", ["PRV-022"], "URL", "https://example.org/⟦#⟧x", "url"),
  refuses("a URL has no parent folder", ["PRV-022"], "URL", "https://example.org/a/⟦.⟧./b", "url"),
  refuses("a URL has a host", ["PRV-022"], "URL", "https://⟦/⟧x", "url"),
  refuses("a percent sign in a URL has two digits", ["PRV-022"], "URL", "https://example.org/⟦%⟧2", "url"),

  refuses("an e-mail address is no identifier", ["PRV-036"], "IDENT", "⟦name@host.example⟧", "email"),
  refuses("an e-mail address is in no path", ["PRV-036"], "REPO_PATH", "mail/⟦name@host.example⟧/x", "email"),
  refuses("an e-mail address is in no URL", ["PRV-036"], "URL", "https://example.org/⟦name@host.example⟧", "email"),

  allows("a limit is met at its last byte", ["PRV-023"], "NOTE", "три", { maxBytes: 6 }),
  refuses("a limit counts bytes of UTF-8", ["PRV-023", "PRV-002"], "NOTE", "трие", "too-long", { maxBytes: 7 }),
  { ...refuses("an empty text is refused", ["PRV-002"], "IDENT", "", "empty"), recipe: [{ literal: "" }] },
  {
    name: "bytes that are not UTF-8 are refused without offsets",
    proves: ["PRV-002"],
    class: "NOTE",
    bytes: [0x61, 0xed, 0xa0, 0x80],
    action: "reject",
    findings: [{ rule: "input" }],
  },
];
