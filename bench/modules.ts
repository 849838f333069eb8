/** Packages of rivals, which nothing else of Baton needs: below .baton, each installed once. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The folder that holds the `node_modules` of all rivals. */
export const moduleFolder = resolve(".baton/bench");

/** Installs a package of the npm registry where it is not there in this version; native parts compile for this Node. */
export function installModule(name: string, version: string): void {
  const manifest = join(moduleFolder, "node_modules", name, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version) return;
  mkdirSync(moduleFolder, { recursive: true });
  const own = join(moduleFolder, "package.json");
  if (!existsSync(own)) writeFileSync(own, '{ "private": true }\n');
  const nodedir = dirname(dirname(process.execPath));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--foreground-scripts", `${name}@${version}`], {
    cwd: moduleFolder,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, npm_config_nodedir: nodedir },
  });
}
