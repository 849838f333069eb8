/**
 * Loaded into the real programs with `node --import`, so that two runs can be compared byte for byte: random bytes come from
 * the name of the step, the steady clock stands still, and what is put under install.key is written down, or taken from what
 * another run wrote down. Paths that are written to are noted. SEAM_KILL ends the process as `kill -9` does, where it is about
 * to rename or remove what has that in its path. The programs themselves are not changed.
 */
import crypto from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";

const {
  SEAM_STEP: step = "",
  SEAM_TRACE: trace,
  SEAM_REPLAY: replay,
  SEAM_PATHS: paths,
  SEAM_KILL: kill,
} = process.env;
const { appendFileSync, readFileSync } = fs;
const { createHash, createHmac } = crypto;

let isTelling = false;
let drawn = 0;
crypto.randomBytes = (size) => {
  const parts = [];
  for (let length = 0; length < size; length += 32)
    parts.push(createHash("sha256").update(`${step} ${drawn++}`).digest());
  return Buffer.concat(parts).subarray(0, size);
};

performance.now = () => 1000;

const replayed = replay === undefined ? [] : linesOf(replay);
let keyed = 0;
crypto.createHmac = (algorithm, key) => {
  const hmac = createHmac(algorithm, key);
  return {
    update(value) {
      tell(trace, String(value));
      hmac.update(replayed[keyed++] ?? value);
      return this;
    },
    digest: (encoding) => hmac.digest(encoding),
  };
};

/** Functions that change what lies at the path that they are given first, and those that do at the second as well. */
const changing = [
  "appendFile",
  "chmod",
  "mkdir",
  "mkdtemp",
  "open",
  "rm",
  "rmdir",
  "truncate",
  "unlink",
  "utimes",
  "writeFile",
];
const moving = ["copyFile", "link", "rename", "symlink"];
const removing = ["rename", "rm", "unlink"];

for (const name of [...changing, ...moving]) {
  watch(fs, name, name);
  watch(fs, `${name}Sync`, name);
  watch(fs.promises, name, name);
}

syncBuiltinESMExports();

function watch(owner, name, kind) {
  const change = owner[name];
  owner[name] = (path, ...rest) => {
    if (kill !== undefined && removing.includes(kind) && String(path).includes(kill))
      process.kill(process.pid, "SIGKILL");
    if (kind !== "open" || !isReading(rest[0])) note(path);
    if (moving.includes(kind)) note(rest[0]);
    return change.call(owner, path, ...rest);
  };
}

function isReading(flags) {
  return typeof flags === "number" ? (flags & 3) === fs.constants.O_RDONLY : flags === undefined || flags === "r";
}

/** Descriptors were noted when they were opened. */
function note(path) {
  if (typeof path !== "number") tell(paths, resolve(String(path)));
}

function tell(file, text) {
  if (file === undefined || isTelling) return;
  // Appending opens the file, which is watched too.
  isTelling = true;
  appendFileSync(file, `${JSON.stringify(text)}\n`);
  isTelling = false;
}

function linesOf(file) {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
