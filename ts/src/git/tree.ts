/** The id of the tree as it lies on disk, taken without writing any content (docs/proof.md, section 4). */
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import { splitNul, textOf } from "./bytes.js";
import { type Git, runGit } from "./run.js";

/** The places of a work tree, absolute. */
export interface WorkTree {
  readonly toplevel: string;
  /** The git folder that all worktrees share. */
  readonly commonFolder: string;
  readonly index: string;
}

/** Most bytes that are hashed for a digest (GIT-035). */
const hashLimit = 64 * 1024 * 1024;

/**
 * The id of the tree that a commit of every file that is not ignored would have. `isClean` says that the status found
 * nothing: then the index already is that tree. Gives undefined where it cannot be taken, in time or at all.
 */
export function treeId(git: Git, tree: WorkTree, isClean: boolean): string | undefined {
  const scratch = scratchOutside([tree.toplevel, tree.commonFolder]);
  if (scratch === undefined) return undefined;
  try {
    const index = join(scratch, "index");
    const objects = join(scratch, "objects");
    copyIndex(tree.index, index);
    mkdirSync(join(objects, "info"), { recursive: true });
    writeFileSync(join(objects, "info", "alternates"), `${join(tree.commonFolder, "objects")}\n`);
    const ask = (args: readonly string[], input?: Uint8Array) => {
      const settings = ["-c", "core.splitIndex=false", "-c", `core.hooksPath=${join(scratch, "hooks")}`];
      const env = { GIT_INDEX_FILE: index, GIT_OBJECT_DIRECTORY: objects };
      const output = runGit(git, tree.toplevel, [...settings, ...args], {
        env,
        ...(input === undefined ? {} : { input }),
      });
      return output?.code === 0 ? output.stdout : undefined;
    };
    if (!isClean) {
      const listed = ask(["ls-files", "-z", "-m", "-d", "-o", "--exclude-standard"]);
      const changed = listed === undefined ? undefined : inOrder(tree.toplevel, listed);
      if (changed === undefined) return undefined;
      const update = ["update-index", "-z", "--add", "--remove", "--info-only", "--stdin"];
      if (changed.length > 0 && ask(update, changed) === undefined) return undefined;
    }
    const written = ask(["write-tree", "--missing-ok"]);
    return written === undefined ? undefined : textOf(written).trimEnd();
  } catch {
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A new private folder that is in none of `folders`; undefined where the temporary folder itself is. */
function scratchOutside(folders: readonly string[]): string | undefined {
  try {
    const parent = realpathSync.native(tmpdir());
    const isInside = folders.some((folder) => {
      const path = relative(realpathSync.native(folder), parent);
      return !isAbsolute(path) && path !== ".." && !/^\.\.[\\/]/.test(path);
    });
    return isInside ? undefined : mkdtempSync(join(parent, "baton-"));
  } catch {
    return undefined;
  }
}

/**
 * Git compares an entry's content only if the index is not younger than the entry. So the copy keeps the time of the
 * index, rounded down to the second, or edits of the same size within that second would be missed (GIT-031).
 */
function copyIndex(from: string, to: string): void {
  let file: number;
  try {
    file = openSync(from, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    const seconds = Math.floor(fstatSync(file).mtimeMs / 1000);
    writeFileSync(to, readFileSync(file), { mode: 0o600 });
    utimesSync(to, seconds, seconds);
  } finally {
    closeSync(file);
  }
}

/**
 * The listed paths without those that end in "/" (repositories that are not submodules), first what no file lies at
 * any more, so that a file can follow a folder of its name and the other way round (GIT-034). Gives undefined where
 * there is more than 64 MiB to hash.
 */
function inOrder(toplevel: string, listed: Uint8Array): Buffer | undefined {
  const gone: Uint8Array[] = [];
  const there: Uint8Array[] = [];
  const terminator = Uint8Array.of(0);
  let size = 0;
  for (const path of splitNul(listed)) {
    if (path.at(-1) === 0x2f) continue;
    const found = lstatOf(Buffer.concat([Buffer.from(`${toplevel}/`), path]));
    if (found === undefined || found.isDirectory()) {
      gone.push(path, terminator);
    } else {
      there.push(path, terminator);
      size += found.size;
    }
    if (size > hashLimit) return undefined;
  }
  return Buffer.concat([...gone, ...there]);
}

function lstatOf(path: Buffer) {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
