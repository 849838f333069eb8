/** A reader that Baton did not write: Python's protobuf, with the generated descriptors. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { it } from "vitest";
import { goldenFolder } from "./golden.js";

/** Release of the package protobuf that is installed where python3 has none. */
const protobuf = "protobuf==7.36.2";
const environment = "node_modules/.cache/baton-third-reader";
const counts: Record<string, unknown> = JSON.parse(readFileSync(`${goldenFolder}/counts.json`, "utf8"));
const files = Object.keys(counts);

/** A Python that can import protobuf, or undefined where none is to be had. */
function findPython(): string | undefined {
  const canImport = (python: string): boolean =>
    spawnSync(python, ["-c", "from google.protobuf.proto import parse_length_prefixed"]).status === 0;
  const own = `${environment}/bin/python`;
  const found = ["python3", own].find(canImport);
  if (found) return found;
  if (spawnSync("python3", ["-m", "venv", environment]).status !== 0) return undefined;
  spawnSync(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", protobuf], { timeout: 60_000 });
  return existsSync(own) && canImport(own) ? own : undefined;
}

it(`Python's protobuf counts the same frames and kinds in ${files.length} golden segments`, ({ expect, skip }) => {
  const python = findPython();
  if (!python) skip(`${files.length} golden segments not read: no python3 with protobuf, and it cannot be installed`);
  const paths = files.map((file) => `${goldenFolder}/${file}`);
  const output = execFileSync(python ?? "", [
    "conformance/third_reader.py",
    "rust/state/src/gen/schema.binpb",
    ...paths,
  ]);
  expect(JSON.parse(output.toString())).toEqual(counts);
}, 120_000);
