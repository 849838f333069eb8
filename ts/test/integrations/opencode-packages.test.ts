import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  isStub,
  pluginFile,
  removeStub,
  stubObstacle,
  wouldInstall,
  writeStub,
} from "../../src/integrations/opencode/packages.js";

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "baton-packages-")), "opencode");
});
afterEach(() => rmSync(dirname(folder), { recursive: true, force: true }));

function write(path: string, text = ""): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const lockOf = (dependencies: object) => JSON.stringify({ packages: { "": { dependencies } } });

describe("the stub of OpenCode's packages", () => {
  it("keeps OpenCode from installing, and goes without a trace", () => {
    expect(wouldInstall(folder)).toBe(true);
    writeStub(folder);
    expect(wouldInstall(folder)).toBe(false);
    expect([isStub(folder), stubObstacle(folder)]).toEqual([true, undefined]);
    writeStub(folder);
    expect(readdirSync(folder).sort()).toEqual(["node_modules", "package-lock.json"]);
    expect(removeStub(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    expect(removeStub(folder)).toBe(false);
  });

  it("may stand beside the settings, texts and themes of the user, and Baton's plugin", () => {
    for (const path of ["opencode.json", ".gitignore", "AGENTS.md", "agent/review.md", "command/x.md", "themes/t.json"])
      write(path, "{}");
    write("plugin/baton.js", "export const BatonPlugin = 1;");
    mkdirSync(join(folder, "tools"));
    expect(stubObstacle(folder)).toBeUndefined();
  });

  const obstacles = {
    "package.json": "{}",
    "package-lock.json": "{}",
    "bun.lock": "",
    "node_modules/x/index.js": "",
    "plugin/other.ts": "",
    "plugins/baton.js": "",
    "tool/search.ts": "",
    "tools/deep/search.js": "",
    "helper.mjs": "",
    "opencode.json": '{"plugin": ["./elsewhere/x.js"]}',
    "opencode.jsonc": '{\n  // mine\n  "plugin" : []\n}',
  };

  it.each(Object.entries(obstacles))("is not written where there is %s", (path, text) => {
    write("opencode.json", "{}");
    write(path, text);
    expect(stubObstacle(folder)).toBe(
      path
        .split("/")
        .slice(0, path.startsWith("node_modules") ? 1 : 2)
        .join("/"),
    );
  });

  it("is in the way of code that comes later, which is told, and does not go once packages have come", () => {
    writeStub(folder);
    write("tool/search.ts");
    expect([isStub(folder), stubObstacle(folder)]).toEqual([true, "tool/search.ts"]);
    write("node_modules/@opencode-ai/plugin/package.json", "{}");
    expect([removeStub(folder), existsSync(join(folder, "package-lock.json"))]).toEqual([false, true]);
  });

  it("is not what a file of another content is", () => {
    writeStub(folder);
    const lock = join(folder, "package-lock.json");
    writeFileSync(lock, `${readFileSync(lock, "utf8")} `);
    expect([isStub(folder), removeStub(folder)]).toEqual([false, false]);
  });
});

describe("whether OpenCode would install", () => {
  const plugin = { "@opencode-ai/plugin": "1.18.30" };

  it("depends on node_modules, and on the names in the lock, not on their versions", () => {
    write("package-lock.json", lockOf(plugin));
    expect(wouldInstall(folder)).toBe(true);
    mkdirSync(join(folder, "node_modules"));
    expect(wouldInstall(folder)).toBe(false);
    write("package.json", JSON.stringify({ dependencies: { ...plugin, zod: "4" } }));
    expect(wouldInstall(folder)).toBe(true);
    write("package-lock.json", lockOf({ ...plugin, zod: "3" }));
    expect(wouldInstall(folder)).toBe(false);
    write("package-lock.json", "not JSON");
    expect(wouldInstall(folder)).toBe(true);
  });
});

it("the plugin is a file of this package", () => {
  expect(pluginFile()).toBe(resolve("dist/opencode.js"));
});
