/** The workspace of a folder, for hosts: reads git's files itself and never starts a program (docs/proof.md, section 2). */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseRemotes } from "./config.js";
import { type Naming, namingRemote, workspaceOf, workspaceOfFolder } from "./workspace.js";

/** Files of git that are longer are not read. */
const fileLimit = 1024 * 1024;

/**
 * Names the repository whose work tree holds `dir`, as gitFacts does, but from the configuration of the repository
 * alone, without includes. Gives undefined where there is none, where its files cannot be read, and where an alias is
 * due and there is no key. Never throws.
 */
export function workspaceOfDirectory(dir: string, naming: Naming): string | undefined {
  try {
    const common = commonFolderOf(resolve(dir));
    if (common === undefined) return undefined;
    const urls = parseRemotes(readSmall(join(common, "config")));
    const remote = namingRemote(urls);
    const place = remote === undefined ? undefined : urls.get(remote);
    const named = place === undefined ? undefined : workspaceOf(place, naming);
    return named ?? workspaceOfFolder(realpathSync.native(common), naming);
  } catch {
    return undefined;
  }
}

/**
 * Whether two folders are in the work tree of the same repository: the nearest `.git` above both is the same one. False
 * where one of them is in none. Never throws.
 */
export function isSameRepository(one: string, other: string): boolean {
  try {
    const [first, second] = [one, other].map((dir) => dotGitOf(realpathSync.native(dir)));
    return first !== undefined && first === second;
  } catch {
    return false;
  }
}

function dotGitOf(dir: string): string | undefined {
  const dotGit = join(dir, ".git");
  if (statSync(dotGit, { throwIfNoEntry: false }) !== undefined) return dotGit;
  return dirname(dir) === dir ? undefined : dotGitOf(dirname(dir));
}

/**
 * A text that differs once HEAD of the work tree that holds `dir` points elsewhere: another branch, another commit. For
 * comparing alone. Gives undefined in no repository, and where its files cannot be read. Never throws.
 */
export function headMarkOf(dir: string): string | undefined {
  try {
    const folder = gitFolderOf(resolve(dir));
    if (folder === undefined) return undefined;
    const head = readSmall(join(folder, "HEAD"));
    const common = commonOf(folder);
    const ref = /^ref: (\S+)/.exec(head)?.[1];
    const loose = ref === undefined ? undefined : readIfThere(join(common, ref));
    // A ref without a file of its own stands in one of these.
    const tables = ["packed-refs", "reftable/tables.list"].map((name) => changeOf(join(common, name)));
    return JSON.stringify([head, loose ?? tables]);
  } catch {
    return undefined;
  }
}

/** The folder with the configuration: the git folder, or what "commondir" in it points at. */
function commonFolderOf(dir: string): string | undefined {
  const folder = gitFolderOf(dir);
  return folder === undefined ? undefined : commonOf(folder);
}

/** The folder of the work tree that holds `dir`: ".git", or what a ".git" file points at. */
function gitFolderOf(dir: string): string | undefined {
  const dotGit = dotGitOf(dir);
  if (dotGit === undefined) return undefined;
  return statSync(dotGit).isDirectory() ? dotGit : linkedFolder(dirname(dotGit), readSmall(dotGit));
}

function commonOf(folder: string): string {
  const common = join(folder, "commondir");
  return statSync(common, { throwIfNoEntry: false }) === undefined
    ? folder
    : resolve(folder, readSmall(common).trimEnd());
}

function linkedFolder(dir: string, file: string): string {
  const target = /^gitdir: (.+?)[\r\n]*$/s.exec(file)?.[1];
  if (target === undefined) throw new Error("not a git file");
  return resolve(dir, target);
}

function readIfThere(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readSmall(path) : undefined;
}

/** When and to what size a file was last changed; undefined where there is none. */
function changeOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.mtimeMs} ${stat.size}`;
}

function readSmall(path: string): string {
  if (statSync(path).size > fileLimit) throw new Error("too long");
  return readFileSync(path, "utf8");
}
