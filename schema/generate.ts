/**
 * `npm run generate`: makes all generated code from proto/ and rules/. Everything is generated into an empty folder
 * first and moved only when all of it succeeded, so that one failing step cannot leave half a generation behind.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { withChecks } from "./emit-docs.js";
import { emitRules } from "./emit-rules.js";
import { buf, loadSchema } from "./image.js";
import { compileRulePack, rulePackFile } from "./rule-pack.js";

/** The page that holds generated tables between its own words. */
const checksPage = "docs/doctor.md";

/** The page that lists the rules of the guard. */
const rulesPage = "docs/guard-rules.md";

/** Folders and files that are generated, all but `docs/doctor.md` as a whole; nothing else may lie in the folders. */
export const generatedPaths = [
  "ts/src/gen",
  "rust/state/src/gen",
  "docs/records.md",
  "docs/codes.md",
  rulesPage,
  checksPage,
] as const;

/** Generates from the schema under `proto` into the empty folder `out`, with the same paths as in the repository. */
export function generateInto(out: string, proto = "proto"): void {
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  };
  const rust = join(out, "rust/state/src/gen");
  mkdirSync(rust, { recursive: true });
  run(buf, "generate", proto, "-o", out);
  run(buf, "build", proto, "--exclude-source-info", "-o", join(rust, "schema.binpb"));
  run(
    "cargo",
    "run",
    "--quiet",
    "--manifest-path",
    "rust/Cargo.toml",
    "--bin",
    "codegen",
    "--",
    join(rust, "schema.binpb"),
    rust,
  );
  const rules = readFileSync(rulePackFile, "utf8");
  const pack = compileRulePack(rules, readFileSync(join(rust, "schema.binpb")));
  writeFileSync(join(rust, "rule_pack.json"), pack.json);
  writeFileSync(join(rust, "rule_pack.rs"), pack.rust);
  writeFileSync(join(out, "ts/src/gen/rule-pack.ts"), pack.typescript);
  writeFileSync(join(out, rulesPage), emitRules(JSON.parse(rules)));
  writeFileSync(join(out, checksPage), withChecks(readFileSync(checksPage, "utf8"), loadSchema(proto)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const out = mkdtempSync(join(tmpdir(), "baton-generate-"));
  try {
    generateInto(out);
    for (const path of generatedPaths) {
      rmSync(path, { recursive: true, force: true });
      cpSync(join(out, path), resolve(path), { recursive: true });
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
