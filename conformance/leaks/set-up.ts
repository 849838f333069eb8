/** What is on a machine before Baton runs there: a repository, settings, programs and files, with private text in all. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Variant } from "./channels.js";

/** The places that are filled; the folders but `checkout` are there. */
export interface Places {
  readonly variant: Variant;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  readonly inputs: string;
  readonly checkout: string;
}

/** Fills the places of a machine. */
export function setUp(places: Places): void {
  makeCheckout(places);
  writeSettings(places);
  writePrograms(places);
  write(outsideFile(places), `${places.variant.text("file-content")}\n`);
  write(usageFile(places), usageLines(places.variant));
}

/** A file outside of the repository, its name and content private. */
export function outsideFile({ inputs, variant }: Pick<Places, "inputs" | "variant">): string {
  return join(inputs, `${variant.marker("file-name")}.txt`);
}

/** A usage.jsonl of another proxy, which holds more than it should. */
export function usageFile({ inputs }: Pick<Places, "inputs">): string {
  return join(inputs, "usage.jsonl");
}

/** The commit is the same on all machines; what is not committed, ignored or set is not. */
function makeCheckout({ checkout, env, variant }: Places): void {
  const { marker, text } = variant;
  const committed: Record<string, string> = {
    "README.md": "An example.\n",
    ".gitignore": ".env\n",
    "check.mjs": `import { readFileSync } from "node:fs";
for (const file of [".env", process.env.OUTSIDE]) process.stdout.write(readFileSync(file));
console.error(process.env.EDITOR);
process.exit(3);
`,
  };
  for (const [name, content] of Object.entries(committed)) write(join(checkout, name), content);
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: checkout,
      env: { ...env, GIT_AUTHOR_DATE: "1700000000 +0000", GIT_COMMITTER_DATE: "1700000000 +0000" },
      stdio: "ignore",
    });
  };
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "start");
  const user = `${marker("url-user")}:${marker("url-user")}`;
  write(
    join(checkout, ".git", "config"),
    `[core]
	repositoryformatversion = 0
[user]
	name = ${text("git-name")}
	email = ${marker("git-email")}@example.org
[remote "origin"]
	url = https://${user}@github.com/Acme/Proxy.git
[remote "mine"]
	url = https://${user}@github.com/somebody/proxy
`,
  );
  write(join(checkout, "README.md"), `An example, ${text("change")}.\n`);
  write(join(checkout, ".env"), `KEY=${marker("key")}\n${text("file-content")}\n`);
}

function writeSettings({ home, variant }: Places): void {
  const { marker, text } = variant;
  write(
    join(home, ".gitconfig"),
    `[user]\n\tname = ${text("git-name")}\n\temail = ${marker("git-email")}@example.org\n`,
  );
  const options = {
    apiKey: marker("key"),
    baseURL: `https://${marker("url-user")}@${marker("base-host")}.example.org/v1?key=${marker("query")}`,
    headers: { "X-Name": text("header") },
  };
  const settings = { model: "acme/big-pickle", provider: { acme: { options } }, instructions: [text("instructions")] };
  write(join(home, ".config", "opencode", "opencode.json"), JSON.stringify(settings));
}

/** `gh` tells of a pull request; `codex` is an agent that talks. */
function writePrograms({ inputs, variant }: Places): void {
  const { text } = variant;
  const request = {
    number: 42,
    state: "OPEN",
    url: "https://github.com/acme/proxy/pull/42",
    title: text("response-body"),
    body: text("response-body"),
    closingIssuesReferences: [{ number: 7, title: text("response-body") }],
  };
  const bin = join(inputs, "bin");
  write(join(bin, "gh"), `#!/bin/sh\necho '${JSON.stringify(request)}'\necho ${text("error-body")} >&2\n`, 0o755);
  write(join(bin, "codex"), `#!/bin/sh\necho ${text("answer")}\necho ${text("error-body")} >&2\nexit 7\n`, 0o755);
}

/** One line that counts, one that is refused, and one that is no JSON. */
function usageLines({ marker, text }: Variant): string {
  const event = {
    v: 1,
    ts: 1_795_453_000_000,
    model: "big-pickle",
    status: 500,
    ok: false,
    latency_ms: 812,
    error_type: text("error-body"),
    headers: { authorization: text("header"), "user-agent": text("header") },
    url: `https://${marker("base-host")}.example.org/?q=${marker("query")}`,
    messages: [{ role: "user", content: text("prompt") }],
    response: text("response-body"),
    request: text("request-body"),
  };
  const lines = [JSON.stringify(event), JSON.stringify({ ...event, model: `${text("refused")} {}` }), text("refused")];
  return lines.map((line) => `${line}\n`).join("");
}

function write(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}
