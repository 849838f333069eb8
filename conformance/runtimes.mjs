/**
 * `npm run runtimes`: loads the built library and records one event on Node 18, 20, 22 and Bun, and prints how long the
 * import takes beside `node -e 0`. Opt-in: it installs the runtimes from npm into a temporary folder. Needs dist/.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const library = join(dirname(fileURLToPath(import.meta.url)), "../dist/index.js");
if (!existsSync(library)) throw new Error("dist/index.js is missing: run `npm run build` first");

const rounds = 11;
const folder = mkdtempSync(join(tmpdir(), "baton-runtimes-"));
const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** Each runtime: the npm package that carries it, and its program inside the package. */
const runtimes = [
  { name: "node 18", package: `node-${platform}@18`, program: `node_modules/node-${platform}/bin/node` },
  { name: `node ${process.versions.node} (this one)`, program: process.execPath },
  { name: "node 22", package: `node-${platform}@22`, program: `node_modules/node-${platform}/bin/node` },
  { name: "bun", package: "bun@1", program: "node_modules/bun/bin/bun.exe" },
];

const record = join(folder, "record.mjs");
writeFileSync(
  record,
  `import { openBaton } from ${JSON.stringify(pathToFileURL(library).href)};
const baton = openBaton({ client: "proxy", home: process.argv[2], durability: "durable" });
const ack = baton.record("usageEvent", { v: 1, ts: 1700000000000, model: "m", status: 200, ok: true });
await baton.flush();
await baton.close();
if (ack.seq !== 1) throw new Error("not recorded");
`,
);
const load = join(folder, "load.mjs");
writeFileSync(load, `import ${JSON.stringify(pathToFileURL(library).href)};\n`);

let failures = 0;
try {
  for (const runtime of runtimes) {
    try {
      console.log(`${runtime.name.padEnd(24)} ${tryRuntime(runtime)}`);
    } catch (error) {
      failures++;
      console.log(`${runtime.name.padEnd(24)} FAILED: ${error.stderr || error.message}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** Installs a runtime, records with it, and says how long loading takes. */
function tryRuntime(runtime) {
  const place = mkdtempSync(join(folder, "runtime-"));
  if (runtime.package) {
    writeFileSync(join(place, "package.json"), "{}");
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", runtime.package], {
      cwd: place,
      stdio: ["ignore", "ignore", "pipe"],
      shell: process.platform === "win32",
    });
  }
  const program = runtime.package ? join(place, runtime.program) : runtime.program;
  const home = join(place, "state");
  execFileSync(program, [record, home], { stdio: ["ignore", "inherit", "pipe"] });
  const [segment] = readdirSync(join(home, "segments"));
  if (!segment) throw new Error("no segment was written");
  const [bare, loaded] = medianTimes(program, [["-e", "0"], [load]]);
  return `records; -e 0 takes ${bare.toFixed(1)} ms, importing the library ${loaded.toFixed(1)} ms, +${(loaded - bare).toFixed(1)} ms`;
}

/** Median wall times of running with each list of arguments, taken in turns so that a busy moment hits all of them. */
function medianTimes(program, runs) {
  const times = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    runs.forEach((args, i) => {
      const start = performance.now();
      execFileSync(program, args, { stdio: "ignore" });
      times[i].push(performance.now() - start);
    });
  }
  return times.map((list) => list.sort((a, b) => a - b)[(rounds - 1) / 2]);
}
