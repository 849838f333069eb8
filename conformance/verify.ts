/**
 * Verifies what the conformance suite rests on: fixtures that are stale, missing or used by nobody, rules of docs/ that
 * nothing proves, and links that lead nowhere. Run by conformance/verify.test.ts; `npx tsx conformance/verify.ts` prints the problems.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, parse } from "node:path";
import { pathToFileURL } from "node:url";
import { filesOf, loadCases, type PlacedCase } from "./cases.js";
import { madeFiles } from "./make.js";

/** Rules that no case and no test proves, each with the reason. */
const unprovenFile = "conformance/unproven.json";

const skippedFolders = new Set(["node_modules", "target", "gen", "dist", ".git", ".baton"]);

/** Paths of all files below a folder of the repository, in byte order; generated and foreign ones left out. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => !skippedFolders.has(name))
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}

/** Whether a test names a fixture: by its path, by a list of its folder, or by its name beside the path of its folder. */
function isNamed(path: string, tests: readonly string[]): boolean {
  const folder = dirname(path);
  const names = (text: string): boolean => tests.some((test) => test.includes(text));
  return (
    names(path) ||
    names(path.replace("fixtures/", "")) ||
    names(`readdirSync("${folder}")`) ||
    (names(`${folder}/\${`) && names(`"${parse(path).name}"`))
  );
}

/** Files of fixtures/ that are missing, stale, changed, or named by no case, no hash list and no test. */
export function fixtureProblems(): string[] {
  const cases = loadCases();
  const problems: string[] = [];
  const used = new Set<string>();
  for (const placed of cases)
    for (const file of filesOf(placed)) {
      used.add(`fixtures/${file}`);
      if (!existsSync(`fixtures/${file}`)) problems.push(`fixtures/${file}: is missing; ${placed.id} takes it`);
    }
  const fixtures = filesBelow("fixtures");
  for (const list of fixtures.filter((path) => path.endsWith("/SHA256SUMS"))) {
    used.add(list);
    for (const { file, problem } of checkHashes(list)) {
      used.add(file);
      if (problem) problems.push(problem);
    }
  }
  const tests = testFiles().map(({ text }) => text);
  for (const path of fixtures.filter((each) => !/\.mjs$|README\.md$/.test(each)))
    if (!used.has(path) && !isNamed(path, tests)) problems.push(`${path}: no case, no hash list and no test names it`);
  for (const [path, bytes] of madeFiles())
    if (!existsSync(path)) problems.push(`${path}: is missing; run npm run cases`);
    else if (!readFileSync(path).equals(bytes)) problems.push(`${path}: is stale; run npm run cases`);
  return problems;
}

/** Every file that a list of hashes names, and whether it is there with this hash. */
function checkHashes(list: string): { file: string; problem?: string }[] {
  return readFileSync(list, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [hash, name] = line.split("  ");
      const file = join(dirname(list), name ?? "");
      if (!existsSync(file)) return { file, problem: `${file}: is missing; ${list} names it` };
      const actual = createHash("sha256").update(readFileSync(file)).digest("hex");
      return actual === hash ? { file } : { file, problem: `${file}: was changed; ${list} has another hash` };
    });
}

/** Rules that are defined twice, named but not defined, or proved by nothing. */
export function ruleProblems(): string[] {
  const problems: string[] = [];
  const defined = new Map<string, string>();
  for (const page of filesBelow("docs").filter((path) => path.endsWith(".md")))
    for (const [, id = ""] of readFileSync(page, "utf8").matchAll(/\*\*([A-Z]{3}-\d{3})\*\*/g)) {
      if (defined.has(id)) problems.push(`${page}: ${id} is defined in ${defined.get(id)} too`);
      defined.set(id, page);
    }
  const ruleId = idPattern([...defined.keys()]);
  for (const { id, where } of namedRules(ruleId))
    if (!defined.has(id)) problems.push(`${where}: names ${id}, which no page defines`);
  const proved = provedRules(loadCases(), ruleId);
  const unproven: Record<string, string> = JSON.parse(readFileSync(unprovenFile, "utf8"));
  for (const [id, page] of defined) {
    const isProved = proved.has(id);
    if (!isProved && !unproven[id]) problems.push(`${page}: nothing proves ${id}, and ${unprovenFile} gives no reason`);
    if (isProved && id in unproven) problems.push(`${unprovenFile}: lists ${id}, which ${proved.get(id)} proves`);
  }
  for (const id of Object.keys(unproven))
    if (!defined.has(id)) problems.push(`${unprovenFile}: lists ${id}, which no page defines`);
  return [...new Set(problems)];
}

/** What an id looks like: a prefix that some page uses (SHA-256 is no rule), a hyphen, three digits. */
function idPattern(defined: readonly string[]): RegExp {
  const prefixes = new Set(defined.map((id) => id.slice(0, 3)));
  return new RegExp(`\\b(?:${[...prefixes].join("|")})-\\d{3}\\b`, "g");
}

/** Rules that a case or a test names, and where. */
function provedRules(cases: readonly PlacedCase[], ruleId: RegExp): Map<string, string> {
  const proved = new Map<string, string>();
  for (const placed of cases) for (const id of placed.case.proves) proved.set(id, placed.id);
  for (const { path, text } of [...testFiles(), ...sharedScripts()])
    for (const [id] of text.matchAll(ruleId)) proved.set(id, path);
  return proved;
}

/** Sources of all tests: those of vitest, those of cargo in files of their own, and those beside the code. */
function testFiles(): { path: string; text: string }[] {
  const sources = [...filesBelow("ts"), ...filesBelow("schema"), ...filesBelow("conformance"), ...filesBelow("rust")];
  return sources.flatMap((path) => {
    const isVitest = path.endsWith(".test.ts") || path.startsWith("ts/test/");
    const isCargo = path.endsWith(".rs") && /(^|\/)tests(\/|\.rs$)/.test(path);
    if (!isVitest && !isCargo && !path.endsWith(".rs")) return [];
    const text = readFileSync(path, "utf8");
    if (isVitest || isCargo) return [{ path, text }];
    const at = text.indexOf("#[cfg(test)]");
    return at < 0 ? [] : [{ path, text: text.slice(at) }];
  });
}

/** What tests of several languages play through: JSON below fixtures/ that names rules. */
function sharedScripts(): { path: string; text: string }[] {
  return filesBelow("fixtures")
    .filter((path) => path.endsWith(".json"))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** Every place in the repository that names a rule. */
function namedRules(ruleId: RegExp): { id: string; where: string }[] {
  const folders = ["docs", "proto", "schema", "ts", "rust", "conformance", "fixtures", "rules", "scripts"];
  const paths = [...folders.flatMap(filesBelow), "README.md", "CONTRIBUTING.md"].filter(
    (path) => existsSync(path) && /\.(md|proto|ts|mjs|rs|json|py)$/.test(path),
  );
  return paths.flatMap((path) => [...readFileSync(path, "utf8").matchAll(ruleId)].map(([id]) => ({ id, where: path })));
}

/** Relative links of all pages that lead to no file, or to no heading of it. */
export function linkProblems(): string[] {
  const pages = filesBelow(".")
    .map(normalize)
    .filter((path) => path.endsWith(".md"));
  return pages.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link))
      .map((link) => `${page}: ${link} leads nowhere`),
  );
}

function leads(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

/** Anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  if (!page.endsWith(".md")) return [];
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Text of a page without its blocks of code. */
function proseOf(page: string): string {
  return readFileSync(page, "utf8").replace(/^```.*?^```/gms, "");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const problems = [...fixtureProblems(), ...ruleProblems(), ...linkProblems()];
  for (const line of problems) console.log(line);
  if (problems.length > 0) process.exitCode = 1;
}
