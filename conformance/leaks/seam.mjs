/**
 * Loaded into the real programs with `node --import`, so that two runs can be compared byte for byte: random bytes come from
 * the name of the step, the steady clock stands still, and what is put under install.key is written down, or taken from what
 * another run wrote down. SEAM_KILL ends the process as `kill -9` does, where it is about to rename or remove what has that in
 * its path. The programs themselves are not changed.
 */
import crypto from "node:crypto";
import fs, { appendFileSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { SEAM_STEP: step = "", SEAM_TRACE: trace, SEAM_REPLAY: replay, SEAM_KILL: kill } = process.env;
const { createHash, createHmac } = crypto;

let drawn = 0;
crypto.randomBytes = (size) => {
  const parts = [];
  for (let length = 0; length < size; length += 32)
    parts.push(createHash("sha256").update(`${step} ${drawn++}`).digest());
  return Buffer.concat(parts).subarray(0, size);
};

performance.now = () => 1000;

const replayed = replay === undefined ? undefined : readFileSync(replay, "utf8").split("\n").map(unescaped);
let keyed = 0;
crypto.createHmac = (algorithm, key) => {
  const hmac = createHmac(algorithm, key);
  return {
    update(value) {
      if (trace !== undefined) appendFileSync(trace, `${JSON.stringify(String(value))}\n`);
      hmac.update(replayed?.[keyed++] ?? value);
      return this;
    },
    digest: (encoding) => hmac.digest(encoding),
  };
};

if (kill !== undefined)
  for (const name of ["unlinkSync", "rmSync", "rename", "renameSync"]) {
    const change = fs[name];
    fs[name] = (path, ...rest) => {
      if (String(path).includes(kill)) process.kill(process.pid, "SIGKILL");
      return change(path, ...rest);
    };
  }

syncBuiltinESMExports();

function unescaped(line) {
  return line === "" ? undefined : JSON.parse(line);
}
