/** Reads repositories of git as they lie on disk, bare or not: nothing is checked out, nothing is written. */
import { execFileSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";

/** A file of the newest commit. */
export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

const most = 1 << 30;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a command of git prints, split at `separator`, without the empty piece at the end. */
export function gitLines(repository: string, args: readonly string[], separator = "\n"): string[] {
  const output = git(repository, args);
  return utf8
    .decode(output)
    .split(separator)
    .filter((line) => line !== "");
}

/** OWNER/NAME for what lies in OWNER+NAME/repo, else the name of the folder. */
export function nameOf(repository: string): string {
  const path = resolve(repository);
  return (basename(path) === "repo" ? basename(dirname(path)) : basename(path)).replace("+", "/");
}

/** Paths of the newest commit. */
export function pathsOf(repository: string): string[] {
  return gitLines(repository, ["ls-tree", "-r", "-z", "--name-only", "HEAD"], "\0");
}

/** The files of the newest commit whose path `isWanted` takes and that hold at most `mostBytes`, in the order of the tree. */
export function filesOf(
  repository: string,
  isWanted: (path: string) => boolean,
  mostBytes: number = 1 << 20,
): TreeFile[] {
  const entries = gitLines(repository, ["ls-tree", "-r", "-z", "-l", "HEAD"], "\0").flatMap((entry) => {
    const [, type, id, size, path] = /^\d+ (\w+) (\w+) +(\S+)\t(.*)$/s.exec(entry) ?? [];
    return type === "blob" && id && path && isWanted(path) && Number(size) <= mostBytes ? [{ id, path }] : [];
  });
  const answer = git(repository, ["cat-file", "--batch"], entries.map(({ id }) => `${id}\n`).join(""));
  let at = 0;
  return entries.map(({ path }) => {
    const headEnd = answer.indexOf(0x0a, at);
    const size = Number(answer.toString("latin1", at, headEnd).split(" ")[2]);
    at = headEnd + 1 + size + 1;
    return { path, text: utf8.decode(answer.subarray(headEnd + 1, headEnd + 1 + size)) };
  });
}

function git(repository: string, args: readonly string[], input = ""): Buffer {
  return execFileSync("git", ["-C", repository, ...args], { input, maxBuffer: most });
}
