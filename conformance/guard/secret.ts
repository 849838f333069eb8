/** Assignments, userinfo, private keys, and what only looks like a secret. */
import type { GuardRow, Piece } from "./row.js";
import { allows } from "./row.js";

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const value: Piece = { alphabet: alphanumeric, length: 20, seed: 7 };

/** A row in which the twenty random bytes between `before` and `behind` are found. */
function finds(name: string, proves: string[], before: string, behind = "", rule = "assignment"): GuardRow {
  const start = Buffer.byteLength(before);
  const recipe = [{ literal: before }, value, ...(behind ? [{ literal: behind }] : [])];
  return { name, proves, class: "OPAQUE", recipe, action: "reject", findings: [{ rule, start, end: start + 20 }] };
}

/** A text that is allowed; one in pieces is not whole in any file, so that other scanners do not take it for a token. */
function passes(name: string, proves: string[], ...pieces: string[]): GuardRow {
  const recipe = pieces.map((literal) => ({ literal }));
  return { ...allows(name, proves, "OPAQUE", ""), recipe };
}

const passwordInUrl: GuardRow = {
  name: "a password in a URL",
  proves: ["PRV-044"],
  class: "OPAQUE",
  recipe: [{ literal: "postgres://me:" }, value, { literal: "@h/db" }],
  action: "reject",
  findings: [{ rule: "userinfo", start: 11, end: 34 }],
};
const uuid = "123e4567-e89b-42d3-a456-426614174000";

/** Rows of cases/guard/secret.json. */
export const secretRows: GuardRow[] = [
  finds("a shell variable", ["PRV-042"], "export API_KEY="),
  finds("a quoted value", ["PRV-042"], 'password = "', '"'),
  finds("a JSON member", ["PRV-042"], '{"client_secret": "', '"}'),
  finds("an escaped JSON member", ["PRV-042"], '"{\\"token\\": \\"', '\\"}"'),
  finds("a YAML entry", ["PRV-042"], "db_password: "),
  finds("a longer name that ends in a keyword", ["PRV-042"], "githubAccessToken="),
  finds("a name with a word behind the keyword", ["PRV-042"], "API_TOKEN_PROD="),
  finds("a declaration", ["PRV-042"], "const apiKey := '", "'"),
  finds("a subscript", ["PRV-042"], "env['SECRET'] = '", "'"),
  finds("an element", ["PRV-042"], "<password>", "</password>"),
  finds("a hash entry", ["PRV-042"], "'passwd' => '", "'"),
  finds("a flag with a space", ["PRV-042"], "tool --auth-token "),
  finds("a flag with an equals sign", ["PRV-042"], "tool --password="),
  finds("a header with a scheme", ["PRV-042"], "Authorization: Bearer "),
  finds("a scheme without a header", ["PRV-042"], "use bearer "),
  finds("a query parameter", ["PRV-042"], "/x?access_token=", "&y=1"),
  finds("a constant with a type", ["PRV-042"], 'const apiKey: string = "', '"'),
  finds("a variable with a type behind its name", ["PRV-042"], 'var apiToken string = "', '"'),
  finds("a rule of make", ["PRV-042"], "API_TOKEN ::= "),
  finds("an appended string", ["PRV-042"], "$apiToken .= '", "'"),
  finds("an argument behind a quoted name", ["PRV-042"], 'setProperty("API_TOKEN", "', '")'),
  finds("an attribute beside a quoted name", ["PRV-042"], '<add key="Password" value="', '" />'),
  finds("a member beside a quoted name", ["PRV-042"], '{"name":"api_token","value":"', '"}'),
  finds("a keyword with hyphens", ["PRV-042"], "tool --connection-string="),
  finds("a header with another scheme", ["PRV-042"], "Authorization: Api-Token "),
  finds("a scheme inside of quotes", ["PRV-042"], 'token="FlyV1 ', '"'),
  finds("a cookie", ["PRV-043"], "Cookie: session="),
  finds("a name and a value behind a flag", ["PRV-048"], "curl -u me:", " x", "pair"),
  finds("a name and a value behind a long flag", ["PRV-048"], "curl --user=me:", "", "pair"),
  passes("a user and a group are no pair", ["PRV-048"], "docker run -u 1000:1000 -u www-data:www-data x"),
  passes("a flag that ends in another word is none", ["PRV-048"], "re-use me:Abcdefgh12345678"),
  passes("a pair of variables is none", ["PRV-048"], "redis-benchmark -u redis://$host:$port"),
  passes("a call is none, however it is named", ["PRV-042"], "privateKey = decodePkcs8x4(bytes)"),
  passes("a path of code is no operator", ["PRV-042"], "Token::RecursiveZeroOrMore3x"),
  passes("a chain that may end is code", ["PRV-043"], "session_id: outer?.stdin.session_id"),
  passes("a type in CamelCase is none", ["PRV-043"], "token: SourceCode.UnaryNodeCursorWithSkipOptions"),
  passes("a short cookie is none", ["PRV-043"], "Cookie: session=ok; theme=dark-blue"),
  passes("a password that is the user again is none", ["PRV-044"], "postgres://postgres:postgres@localhost/x"),
  passwordInUrl,
  passes("a name alone is none", ["PRV-042"], "the token expired, set another password"),
  passes("a name inside a longer word is none", ["PRV-042"], "tokenizer=abc12345x secretary: x9y8z7w6"),
  passes("a value that is short is none", ["PRV-043"], "token=a1b2c3"),
  passes("a number is none", ["PRV-043"], "max_token: 100000000"),
  passes("words are none", ["PRV-043"], "secret: see-the-vault-entry"),
  passes("a model name is none", ["PRV-043"], "token: gpt-4o-mini-2024-07-18"),
  passes("a version is none", ["PRV-043"], "secret: v1.22.333-beta.4"),
  passes("a call is none", ["PRV-043"], "token = readToken(2)"),
  passes("an empty comparison is none", ["PRV-045"], 'if (apiKey == "") return'),
  passes("a substitution is none", ["PRV-045"], "password=$(pass show x1)"),
  passes("a variable is none", ["PRV-045"], `token=\${TOKEN_1} secret: $SECRET_2`),
  passes("a member of the environment is none", ["PRV-045"], "apiKey: process.env.API_KEY_1"),
  passes("a bracketed placeholder is none", ["PRV-045"], "token=<TOKEN_1> secret: [REDACTED1]"),
  passes("dots are none", ["PRV-045"], "sk-ant-... and ghp_..."),
  passes("a run of one letter is none", ["PRV-045"], "ghp_", `${"x".repeat(36)} token=AAAAAAAA1111`),
  passes("an example is none", ["PRV-045"], "password: example1234 key AKIA", "234567EXAMPLEAAA"),
  passes("a UUID is none", ["PRV-041"], `session ${uuid} ended`),
  passes("a ULID is none", ["PRV-041"], "run 01ARZ3NDEKTSV4RRFFQ69G5FAV done"),
  passes("a digest is none", ["PRV-041"], "commit 0123456789abcdef0123456789abcdef01234567"),
  passes("an integrity hash is none", ["PRV-041"], `sha512-${"Zm9vYmFy".repeat(10)}==`),
  passes(
    "a kebab word that starts like a token is none",
    ["PRV-041"],
    "task-sk-learn-contributors-guide-for-newcomers-2",
  ),
  passes("a user of a URL is none", ["PRV-044"], "ssh://git@example.org/x https://x-access-token@example.org"),
  passes("a placeholder in a URL is none", ["PRV-044"], "https://user:password@h https://u:<PASS>@h"),
  passes("an at sign in a path is none", ["PRV-044"], "https://example.org/@user/x"),
  finds("a name that is a secret in a URL", ["PRV-044"], "https://", "@example.org", "userinfo"),
  {
    name: "a private key in PEM",
    proves: ["PRV-046"],
    class: "OPAQUE",
    recipe: [{ literal: "x -----BEGIN RSA " }, { literal: "PRIVATE KEY-----" }],
    action: "reject",
    findings: [{ rule: "private-key", start: 2, end: 33 }],
  },
  {
    name: "a private key in OpenPGP armor",
    proves: ["PRV-046"],
    class: "NOTE",
    recipe: [{ literal: "-----BEGIN PGP " }, { literal: "PRIVATE KEY BLOCK-----" }],
    action: "reject",
    findings: [{ rule: "private-key", start: 0, end: 37 }],
  },
  {
    name: "a vendor's key in a path",
    proves: ["PRV-047"],
    class: "OPAQUE",
    recipe: [{ literal: "conf/FB-APP=" }, { alphabet: "0123456789abcdef", length: 32, seed: 3 }, { literal: "/x" }],
    action: "reject",
    findings: [{ rule: "facebook-app-secret", start: 12, end: 44 }],
  },
  {
    name: "letters of Cyrillic that look like those of a token",
    proves: ["PRV-094"],
    class: "OPAQUE",
    recipe: [{ literal: "key АКІА" }, { alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length: 16, seed: 3 }],
    action: "reject",
    findings: [{ rule: "aws-access-key-id", start: 4, end: 28 }],
  },
  {
    name: "a letter of Greek in a name",
    proves: ["PRV-094"],
    class: "OPAQUE",
    recipe: [{ literal: "passwοrd=" }, value],
    action: "reject",
    findings: [{ rule: "assignment", start: 10, end: 30 }],
  },
  passes("words of Cyrillic are none", ["PRV-094"], "пароль: смотри хранилище, токен отозван"),
  passes("a public key is none", ["PRV-046"], "-----BEGIN PUBLIC KEY-----"),
  passes("a certificate is none", ["PRV-046"], "-----BEGIN CERTIFICATE-----"),
];
