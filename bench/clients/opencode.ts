/** The hook `tool.execute.after` of the OpenCode plugin, in a process of Bun, the runtime of OpenCode. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { inTurns, type Row, shown } from "./measure.js";
import type { Place, WiredHome } from "./place.js";

const bunVersion = "1.4.5";

/** A process with the plugin in it. */
interface Host {
  /** Runs one hook and gives milliseconds. */
  ask(task: "empty" | "check" | "other"): Promise<number>;
  close(): Promise<void>;
}

/** Rows of the hook, beside an empty function in the same process. */
export async function measureOpenCode(place: Place, empty: WiredHome, full: WiredHome): Promise<Row[]> {
  const bun = installBun();
  const first = async (home: WiredHome): Promise<number> => {
    home.restore();
    const host = openHost(bun, place, home);
    const ms = await host.ask("check");
    await host.close();
    if (home.count() !== home.segments + 1) throw new Error("the plugin did not record the check");
    return ms;
  };
  const firsts = await inTurns({ empty: () => first(empty), full: () => first(full) });
  for (const home of [empty, full]) home.restore();
  const [small, large] = [openHost(bun, place, empty), openHost(bun, place, full)];
  const times = await inTurns({
    nothing: () => small.ask("empty"),
    check: () => small.ask("check"),
    checkFull: () => large.ask("check"),
    other: () => small.ask("other"),
    otherFull: () => large.ask("other"),
  });
  await small.close();
  await large.close();
  const beside = `empty hook ${shown(times.nothing)}`;
  const name = `OpenCode \`tool.execute.after\` (Bun ${bunVersion})`;
  return [
    [`${name}, the first check of a process`, shown(firsts.empty), shown(firsts.full), beside, ""],
    [`${name}, a check`, shown(times.check), shown(times.checkFull), beside, ""],
    [`${name}, no check`, shown(times.other), shown(times.otherFull), beside, ""],
  ];
}

/** Installs Bun below .baton, where it is not there yet. Gives its program. */
function installBun(): string {
  const folder = resolve(".baton/bench-bun");
  const program = join(folder, "node_modules/bun/bin/bun.exe");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  execFileSync("npm", ["install", "--no-audit", "--no-fund", `bun@${bunVersion}`], { cwd: folder, stdio: "inherit" });
  return program;
}

function openHost(bun: string, { repository, env }: Place, home: WiredHome): Host {
  const args = [resolve("bench/clients/opencode-host.mjs"), resolve("dist/opencode.js"), repository];
  const host = spawn(bun, args, {
    cwd: repository,
    env: { ...env, BATON_HOME: home.dir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => host.once("close", () => resolve()));
  const answers = createInterface({ input: host.stdout })[Symbol.asyncIterator]();
  return {
    async ask(task) {
      host.stdin.write(`${task}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error("the process with the plugin has ended");
      return Number(value);
    },
    async close() {
      host.stdin.end();
      await ended;
    },
  };
}
