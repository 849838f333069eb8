/** The npm tarball: what is in it, and that it works where there is nothing else. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import "./harness.js";

let folder: string;
let tarball: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-package-"));
  const name = npm(resolve("."), "pack", "--silent", "--pack-destination", folder).trim();
  tarball = join(folder, name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** npm with a cache that is empty and no way to a registry. */
function npm(cwd: string, ...args: string[]): string {
  const env = { ...process.env, npm_config_cache: join(folder, "cache"), npm_config_offline: "true" };
  return execFileSync("npm", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Every file of the tarball is one of these. */
const patterns = [
  /^package\/(package\.json|README\.md|LICENSE)$/,
  /^package\/dist\/(index|proxy|opencode|cli)\.js$/,
  /^package\/dist\/THIRD-PARTY\.txt$/,
  /^package\/dist\/chunks\/[a-z_]+-[A-Z0-9]{8}\.js$/,
  /^package\/dist\/types\/(index|(fold|gen|git|guard|home|library|record|segment|usage)\/[a-z0-9-]+)\.d\.ts$/,
  /^package\/dist\/types\/integrations\/proxy\/[a-z-]+\.d\.ts$/,
];
/** And each of these is there. */
const needed = [
  "package.json",
  "README.md",
  "LICENSE",
  "dist/THIRD-PARTY.txt",
  "dist/index.js",
  "dist/proxy.js",
].concat(["dist/opencode.js", "dist/cli.js", "dist/types/index.d.ts", "dist/types/integrations/proxy/index.d.ts"]);

test("the tarball holds the programs, their types, licences and README, and nothing else", () => {
  const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
  expect(files.filter((file) => !patterns.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const file of needed) expect(files).toContain(`package/${file}`);
});

test("no file of the tarball names a folder of this machine", () => {
  const content = execFileSync("tar", ["-xzOf", tarball], { encoding: "utf8", maxBuffer: 1 << 28 });
  for (const path of [resolve("."), homedir()]) expect(content).not.toContain(`${path}/`);
});

test("the same files give the same tarball", () => {
  const again = join(folder, "again");
  mkdirSync(again);
  npm(resolve("."), "pack", "--silent", "--pack-destination", again);
  expect(readFileSync(join(again, tarball.slice(folder.length + 1))).equals(readFileSync(tarball))).toBe(true);
});

test("installed into an empty folder without a network, it records and answers", () => {
  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  npm(user, "install", "--no-audit", "--no-fund", tarball);
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(npm(user, "exec", "--", "baton", "--version").trim()).toBe(version);
  writeFileSync(
    join(user, "host.js"),
    `import { openBaton } from "baton";
     import * as proxy from "baton/proxy";
     const baton = openBaton({ client: "proxy", workspace: "github.com/owner/repo" });
     baton.record("handoffNote", { text: "recorded by the package" });
     await baton.close();
     console.log(Object.keys(proxy).sort().join(" "));`,
  );
  const env = { ...process.env, BATON_HOME: join(folder, "home") };
  const run = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: user, env, encoding: "utf8" });
  expect(run("host.js")).toContain("UsageStore");
  const baton = "node_modules/.bin/baton";
  expect(run(baton, "resume", "--workspace", "github.com/owner/repo")).toContain("recorded by the package");
});
