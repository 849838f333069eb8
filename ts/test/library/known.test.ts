/** What a recorder knows of its own process is in no record. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openBaton } from "../../src/index.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "baton-known-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

const workspace = "github.com/owner/repo";
const phrase = ["seven", "ordinary", "words", "of", "one", "long", "phrase"].join(" ");

/** The rule by which a note is refused; undefined where it is stored. */
function refusalOf(text: string): string | undefined {
  const baton = openBaton({ client: "cli", home, workspace });
  try {
    baton.record("handoffNote", { text });
    return undefined;
  } catch (error) {
    expect(String(error)).not.toContain(text);
    return /rule ([a-z-]+)/.exec(String(error))?.[1];
  } finally {
    baton.close();
  }
}

function stored(): string {
  const folder = join(home, "segments");
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}

it("a recorder refuses what its environment holds under a secret's name, and nothing else of it (PRV-110)", () => {
  vi.stubEnv("DEPLOY_PASSPHRASE", phrase);
  vi.stubEnv("GREETING", "eight other ordinary words of a long phrase");
  expect(refusalOf(`said ${phrase} today`)).toBe("known-secret");
  expect(refusalOf("eight other ordinary words of a long phrase")).toBeUndefined();
  vi.stubEnv("DEPLOY_PASSPHRASE", "");
  expect(refusalOf(`said ${phrase} today`)).toBeUndefined();
});

it("a recorder refuses the values of the files that config.json names (PRV-110)", () => {
  const file = join(home, "secrets.env");
  writeFileSync(file, `# of the service\nexport NAME="${phrase}"\n`);
  expect(refusalOf(`said ${phrase} today`)).toBeUndefined();
  writeFileSync(join(home, "config.json"), JSON.stringify({ secretFiles: [file, join(home, "no such file")] }));
  expect(refusalOf(`said ${phrase} now`)).toBe("known-secret");
});

it("a recorder refuses its home directory, and writes nothing of what it knows (PRV-110)", () => {
  vi.stubEnv("HOME", "/srv/people/quilla");
  vi.stubEnv("USER", "quilla");
  vi.stubEnv("DEPLOY_PASSPHRASE", phrase);
  expect(refusalOf("see /srv/people/quilla/notes")).toBe("home-directory");
  expect(refusalOf("ask quilla@build.example")).toBeDefined();
  expect(refusalOf("quilla wrote the parser")).toBeUndefined();
  for (const own of ["/srv/people", phrase, "DEPLOY"]) expect(stored()).not.toContain(own);
});

it("a text that passed in one recorder is judged anew in one that knows more (PRV-110)", () => {
  const init = { provider: "four-words-of-a-target", model: "gpt-4o" };
  const baton = openBaton({ client: "cli", home });
  baton.record("modelHealth", init);
  vi.stubEnv("BUILD_SECRET", init.provider);
  const other = openBaton({ client: "cli", home });
  expect(() => other.record("modelHealth", init)).toThrow(/rule known-secret/);
  baton.record("modelHealth", init);
  baton.close();
  other.close();
});

it("a record whose texts make a token together is refused under its kind (PRV-120)", () => {
  const digits = Array.from({ length: 36 }, (_, i) => "a1b2c3d4e5f6g7h8i9"[i % 18]).join("");
  const baton = openBaton({ client: "cli", home });
  const init = { provider: `ghp_${digits.slice(0, 12)}`, model: digits.slice(12) };
  expect(() => baton.record("modelHealth", init)).toThrow(/model_health.*rule split/);
  expect(() => baton.record("modelHealth", { ...init, provider: "groq" })).not.toThrow();
  baton.close();
});
