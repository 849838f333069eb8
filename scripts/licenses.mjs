/**
 * The licences of what others wrote and Baton's programs hold: found, judged and written into one text. Refuses a licence
 * that asks for more than its own text, one that it does not know, and a package that brings no text.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { root } from "./setup.mjs";

/** Licences that ask for nothing but that their text is handed on, by their names in SPDX. */
const allowed = new Set([
  ...["0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0"],
  ...["ISC", "MIT", "MIT-0", "Unicode-3.0", "Unlicense", "Zlib"],
]);

/** A package of somebody else: `license` as in SPDX, `folder` where its files lie, `texts` of its licence. */
function foreignPackage({ name, version, license, repository, folder }) {
  const isText = (file) => /^(licen[sc]e|copying|notice|unlicense)/i.test(file);
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && isText(entry.name));
  // Texts that stand in the sources of a package alone are kept here.
  const kept = join(root, "scripts/licenses", `${name.replace("/", "+")}.txt`);
  const paths = [...files.map((file) => join(folder, file.name)), ...(existsSync(kept) ? [kept] : [])];
  const texts = paths.map((path) => readFileSync(path, "utf8").replaceAll("\r\n", "\n").trim());
  return { name, version, license: license ?? "none named", repository, texts: texts.sort() };
}

/** Packages of Rust that a program for a target is built of, but for those that only run while it is built. */
export function rustPackages(target, programs) {
  const args = ["metadata", "--format-version=1", "--locked", `--filter-platform=${target}`];
  const run = spawnSync("cargo", [...args, "--manifest-path", "rust/Cargo.toml"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(`cargo metadata ended with ${run.status}: ${run.stderr}`);
  const { packages, resolve } = JSON.parse(run.stdout);
  const byId = new Map(packages.map((found) => [found.id, found]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const isMacro = ({ targets }) => targets.some(({ kind }) => kind.includes("proc-macro"));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id) || isMacro(byId.get(id))) return;
    seen.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  for (const { id, name } of packages) if (programs.includes(name)) visit(id);
  const foreign = [...seen].map((id) => byId.get(id)).filter(({ source }) => source !== null);
  return foreign.map((found) => foreignPackage({ ...found, folder: dirname(found.manifest_path) }));
}

/** npm packages that a bundle holds, as the metafile of esbuild tells. */
export function npmPackages(metafile) {
  const bytes = new Map();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (folder !== undefined) bytes.set(folder, (bytes.get(folder) ?? 0) + bytesInOutput);
    }
  const held = [...bytes].filter(([, count]) => count > 0).map(([folder]) => resolve(folder.replace(/^.*?:/, "")));
  return held.map((folder) => {
    const { repository, ...manifest } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return foreignPackage({ ...manifest, repository: repository?.url ?? repository, folder });
  });
}

/**
 * The text that lists packages, each distinct text of a licence once. `notes` stand before them. Throws with the names of
 * those that may not be handed on like this.
 */
export function licenseText(packages, notes = []) {
  const texts = new Map();
  const refused = [];
  for (const found of packages) {
    const { name, version, license, repository } = found;
    const title = `${name} ${version} (${license})`;
    if (!isAllowed(license)) refused.push(`${title}: not a licence that is known to allow it`);
    // One package of a repository may carry the text of all.
    const kin = packages.find((other) => other.texts.length > 0 && other.repository === repository);
    const own = found.texts.length > 0 ? found.texts : (kin?.texts ?? []);
    if (own.length === 0) refused.push(`${title}: no text of its licence`);
    for (const text of own) texts.set(text, [...(texts.get(text) ?? []), title]);
  }
  if (refused.length > 0) throw new Error(`licences of what is inside:\n${refused.join("\n")}`);
  const parts = [...texts].map(([text, titles]) => `${titles.sort().join("\n")}\n\n${text}\n`);
  return [...notes, ...parts.sort()].join(`\n${"-".repeat(80)}\n\n`);
}

/** Whether an expression of SPDX can be met with what is allowed; `/` is how Cargo wrote OR once. */
export function isAllowed(license) {
  const words = license.replaceAll("/", " OR ").match(/\(|\)|[^\s()]+(?: WITH [^\s()]+)?/g) ?? [];
  let parses = true;
  const listed = (part, operator) => {
    const met = [part()];
    while (words[0] === operator) {
      words.shift();
      met.push(part());
    }
    return met;
  };
  const either = () => listed(both, "OR").some(Boolean);
  const both = () => listed(one, "AND").every(Boolean);
  const one = () => {
    const word = words.shift();
    if (word === "(") {
      const met = either();
      parses &&= words.shift() === ")";
      return met;
    }
    parses &&= word !== undefined && !["OR", "AND", ")"].includes(word);
    return allowed.has(word);
  };
  return either() && parses && words.length === 0;
}
