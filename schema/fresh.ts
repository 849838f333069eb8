/** Compares generated code with a fresh generation. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Every difference between the generated `paths` below `root` and those below `fresh`: missing files, files that differ,
 * and files in generated folders that no generation makes.
 */
export function staleFiles(root: string, fresh: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const made = new Set(filesBelow(fresh, path));
    const problems: string[] = [];
    for (const file of made)
      if (!existsSync(join(root, file))) problems.push(`${file}: is missing`);
      else if (!readFileSync(join(root, file)).equals(readFileSync(join(fresh, file))))
        problems.push(`${file}: is stale`);
    for (const file of filesBelow(root, path)) if (!made.has(file)) problems.push(`${file}: is not generated`);
    return problems;
  });
}

function filesBelow(root: string, path: string): string[] {
  const at = join(root, path);
  if (!existsSync(at)) return [];
  if (!statSync(at).isDirectory()) return [path];
  return readdirSync(at)
    .sort()
    .flatMap((name) => filesBelow(root, `${path}/${name}`));
}
