/**
 * `npm run runtimes`: loads the built library, the proxy's drop-in and the OpenCode plugin on Node 18, 20, 22 and Bun, records
 * with each, lets the plugin make a brief of that, and prints how long the first two imports take beside `node -e 0`. Opt-in: it installs the runtimes from npm into a temporary folder.
 * Needs dist/.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const [library, proxy, opencode] = ["index.js", "proxy.js", "opencode.js"].map((name) => {
  const path = join(dist, name);
  if (!existsSync(path)) throw new Error(`dist/${name} is missing: run \`npm run build\` first`);
  return JSON.stringify(pathToFileURL(path).href);
});

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
  `import { openBaton } from ${library};
const baton = openBaton({ client: "proxy", home: process.argv[2], durability: "durable" });
const ack = baton.record("usageEvent", { v: 1, ts: 1700000000000, model: "m", status: 200, ok: true });
await baton.flush();
await baton.close();
if (ack.seq !== 1) throw new Error("not recorded");
`,
);
const store = join(folder, "store.mjs");
writeFileSync(
  store,
  `import { UsageStore } from ${proxy};
const store = new UsageStore({ path: process.env.USAGE_DB_PATH });
const event = { ts: Date.now(), model: "m", status: 200, ok: true };
if (![1, 2].every(() => store.record(event))) throw new Error("not taken");
if (store.summary().totals.requests !== 2) throw new Error("not summed up while it waits");
await store.flush();
if (store.lastError || store.readEvents().length !== 2) throw new Error("not written: " + store.lastError);
`,
);
const plugin = join(folder, "plugin.mjs");
writeFileSync(
  plugin,
  `import { BatonPlugin } from ${opencode};
const hooks = await BatonPlugin({ directory: process.cwd() });
const ask = async (sessionID) => {
  const output = { system: ["You are a helper."] };
  await hooks["experimental.chat.system.transform"]({ sessionID, model: { id: "m", providerID: "p" } }, output);
  return output.system[0];
};
await ask("first");
const status = { type: "retry", message: "429", next: Date.now() + 3600000 };
await hooks.event({ event: { type: "session.status", properties: { sessionID: "first", status } } });
if (!(await ask("second")).includes("model: p/m limited until")) throw new Error("what is recorded is not in the brief");
await hooks.dispose();
`,
);
const loads = [library, proxy].map((url, i) => {
  const load = join(folder, `load-${i}.mjs`);
  writeFileSync(load, `import ${url};\n`);
  return [load];
});

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
  const stored = countStored(program, place);
  if (stored !== 2) throw new Error(`the drop-in recorded ${stored} events of 2`);
  const env = { ...process.env, BATON_HOME: join(place, "plugin-state") };
  execFileSync(program, [plugin], { env, stdio: ["ignore", "inherit", "pipe"] });
  const [bare, ...loaded] = medianTimes(program, [["-e", "0"], ...loads]);
  const [ofLibrary, ofProxy] = loaded.map((ms) => `${ms.toFixed(1)} ms, +${(ms - bare).toFixed(1)} ms`);
  return `all record; -e 0 takes ${bare.toFixed(1)} ms, importing the library ${ofLibrary}; the drop-in ${ofProxy}`;
}

/** Records twins with the drop-in, and gives how many usage events its segment holds. */
function countStored(program, place) {
  const home = join(place, "proxy-state");
  const env = { ...process.env, BATON_HOME: home, USAGE_DB_PATH: join(place, "usage.jsonl") };
  execFileSync(program, [store], { env, stdio: ["ignore", "inherit", "pipe"] });
  const lines = execFileSync(process.execPath, [join(dist, "cli.js"), "export", "usage"], { env, encoding: "utf8" });
  if (lines !== readFileSync(env.USAGE_DB_PATH, "utf8")) throw new Error("the records are not the lines");
  return lines.trimEnd().split("\n").length;
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
