/**
 * `npm run cases`: writes the hostile segments and the case files that code makes. They are the same on every run;
 * conformance/verify.ts refuses files that differ from what this makes.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { goldenCases } from "./golden.js";
import { guardCases } from "./guard/cases.js";
import { hostileFiles, hostileFolder } from "./hostile.js";
import { recordCases } from "./records.js";

/** Every made file, by its path in the repository. */
export function madeFiles(): Map<string, Uint8Array> {
  return new Map([...hostileFiles(), ...goldenCases(), ...recordCases(), ...guardCases()]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const made = madeFiles();
  for (const name of readdirSync(hostileFolder)) rmSync(join(hostileFolder, name));
  for (const [path, bytes] of made) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}
