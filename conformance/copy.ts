/** A copy of the repository, for what changes the product on purpose. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** Copies every file of the repository into a folder, where `node_modules` is a link. */
export function copyRepository(folder: string): void {
  for (const path of repositoryFiles()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(path, join(folder, path), { preserveTimestamps: true });
  }
  symlinkSync(realpathSync("node_modules"), join(folder, "node_modules"), "junction");
}

/** Files of the repository as git has them, and new ones that it does not ignore. */
export function repositoryFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { encoding: "utf8", maxBuffer: 1 << 26 }).split("\0");
  return listed.filter((path) => path !== "" && existsSync(path) && lstatSync(path).isFile());
}
