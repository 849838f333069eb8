/** Ordinary developer text of a repository: each string in the class in which Baton would hold it. */
import type { TextClass } from "../../ts/src/record/schema.js";
import { commandsOf } from "./harvest-commands.js";
import { filesOf, gitLines, pathsOf, type TreeFile } from "./repository.js";

/** A string as it stands in a repository. */
export interface Sample {
  /** What it is, such as "commit subject". */
  readonly kind: string;
  readonly class: TextClass;
  readonly text: string;
}

const lockFiles = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|[^/]+\.lock|go\.sum)$/;
const prose = /\.(md|mdx|markdown|rst|adoc|txt)$/;
const code =
  /\.(m?[jt]sx?|cjs|vue|py|go|rs|java|kts?|gradle|rb|php|c|h|cc|cpp|cs|sh|tcl|ya?ml|toml|tf|tfvars|hcl|ini|cfg|conf|json5?|properties|j2|xml|html|css|sql)$|(^|\/)(Dockerfile|Makefile|[^/]*\.env(\.[a-z]+)?)$/;
const mostLine = 512;
const mostSubject = 200;

/** Every string that is taken of a repository, at most `most` of each kind, spread evenly; none twice. */
export function harvest(repository: string, most: number): Sample[] {
  const files = filesOf(repository, (path) => lockFiles.test(path) || prose.test(path) || code.test(path));
  const locks = files.filter(({ path }) => lockFiles.test(path));
  const others = files.filter(({ path }) => !lockFiles.test(path));
  const proseLines = others.filter(({ path }) => prose.test(path)).flatMap(linesOf);
  const codeLines = others.filter(({ path }) => !prose.test(path)).flatMap(linesOf);
  const urls = [...proseLines, ...codeLines].flatMap(urlsIn);
  const take = (kind: string, textClass: TextClass, texts: readonly string[]): Sample[] =>
    spread([...new Set(texts)], most).map((text) => ({ kind, class: textClass, text }));
  return [
    ...take("path", "REPO_PATH", pathsOf(repository)),
    ...take("branch or tag", "REF", gitLines(repository, ["for-each-ref", "--format=%(refname:lstrip=2)"])),
    ...take("commit subject", "NOTE", subjectsOf(repository)),
    ...take("commit id", "DIGEST", gitLines(repository, ["log", "--format=%H%n%T", "HEAD"])),
    ...take(
      "URL",
      "URL",
      urls.filter((url) => !/[?#]/.test(url)),
    ),
    ...take(
      "URL with query or fragment",
      "OPAQUE",
      urls.filter((url) => /[?#]/.test(url)),
    ),
    ...take("command", "COMMAND", others.flatMap(commandsOf)),
    ...take("package or model name", "IDENT", files.flatMap(namesOf)),
    ...take("lock file line", "OPAQUE", locks.flatMap(linesOf)),
    ...take("line of prose", "OPAQUE", proseLines),
    ...take("line of code", "OPAQUE", codeLines),
  ];
}

function subjectsOf(repository: string): string[] {
  return gitLines(repository, ["log", "--format=%s", "HEAD"]).filter((text) => Buffer.byteLength(text) <= mostSubject);
}

/** Lines as they stand, without blanks around them; longer ones than a field can hold are cut. */
function linesOf({ text }: TreeFile): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().slice(0, mostLine))
    .filter((line) => line.length > 2);
}

function urlsIn(line: string): string[] {
  return (line.match(/\bhttps?:\/\/(?:(?!["'`<>()[\]{}\\|^])[!-~])+/g) ?? [])
    .map((url) => url.replace(/[.,;:!?*_]+$/, ""))
    .filter((url) => /^https?:\/\/[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?([/?#]|$)/.test(url));
}

/** Names of packages in manifests, and of models wherever they stand. */
function namesOf({ path, text }: TreeFile): string[] {
  const models =
    text.match(/\b(gpt|o[134]|claude|gemini|llama|mistral|qwen|deepseek|grok)-[a-z0-9.-]*[a-z0-9]\b/g) ?? [];
  return [...models, ...packagesOf(path, text)];
}

function packagesOf(path: string, text: string): string[] {
  const all = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? "");
  if (/(^|\/)package\.json$/.test(path)) return all(/^\s+"(@?[a-z][a-z0-9./_-]+)": "[\^~*\dw][^"]*"/gm);
  if (/package-lock\.json$/.test(path)) return all(/"node_modules\/(@?[a-z][a-z0-9./_-]+)"/g);
  if (/Cargo\.lock$/.test(path)) return all(/^name = "([^"]+)"/gm);
  if (/go\.(mod|sum)$/.test(path)) return all(/^\s*([a-z0-9.-]+\.[a-z]+\/[A-Za-z0-9./_-]+) v/gm);
  if (/requirements[^/]*\.txt$/.test(path)) return all(/^([A-Za-z][A-Za-z0-9._-]+)/gm);
  if (/(uv|poetry)\.lock$/.test(path)) return all(/^name = "([^"]+)"/gm);
  if (/\.gradle$|\.kts$/.test(path)) return all(/"([a-z][a-z0-9.]+:[a-z][a-z0-9.-]+)(?::[^"]*)?"/g);
  return [];
}

/** At most `most` of a list, spread evenly over all of it. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)] as T);
}
