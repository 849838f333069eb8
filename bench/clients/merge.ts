/** The bounded merge, as the command line does it once it has answered (docs/segment-format.md, SEG-050). */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { isMergeDue, mostSegments } from "../../ts/src/merge/due.js";
import { inTurns, shown } from "./measure.js";
import type { Place, WiredHome } from "./place.js";

/** What the table says of one size of home, in the order of `mergeHead`. */
export type MergeRow = readonly string[];

/** Heads of the columns. */
export const mergeHead = [
  "segments",
  "until `baton resume` has answered",
  "from there to the end of the process",
  "files after it: median, most",
  `commands until there are at most ${mostSegments}`,
  "the merge alone (300 ms at most, but for its last step)",
];

/** Asks each home until no merge is due any more, as often as there are samples. */
export async function measureMerge(place: Place, homes: readonly WiredHome[]): Promise<MergeRow[]> {
  const host = join(place.root, "merge-host.mjs");
  execFileSync(process.execPath, ["bench/clients/bundle.mjs", "bench/clients/merge-host.ts", host], {
    stdio: "inherit",
  });
  const rows = homes.map((home) => ({
    home,
    alone: [] as number[],
    merging: [] as number[],
    files: [] as number[],
    commands: [] as number[],
  }));
  const samples = rows.map(({ home, alone, merging, files, commands }) => {
    const sample = async (): Promise<number> => {
      home.restore();
      alone.push(JSON.parse(execFileSync(process.execPath, [host, home.dir], { encoding: "utf8" })).ms);
      home.restore();
      const first = await resume(place, home);
      merging.push(first.endedMs - first.answeredMs);
      files.push(home.count());
      let asked = 1;
      for (; isMergeDue(`${home.dir}/segments`) && asked < mostCommands; asked++) await resume(place, home);
      commands.push(asked);
      return first.answeredMs;
    };
    return [home.segments, sample] as const;
  });
  const answered = await inTurns(Object.fromEntries(samples));
  return rows.map(({ home, alone, merging, files, commands }) => [
    home.segments.toLocaleString("en"),
    shown(answered[home.segments] ?? []),
    shown(merging.slice(1)),
    `${middle(files)}, ${Math.max(...files)}`,
    `${middle(commands)}, at most ${Math.max(...commands)}`,
    shown(alone.slice(1)),
  ]);
}

/** A home that is over the limit still after so many commands stays there. */
const mostCommands = 20;

/** Runs `baton resume`; gives when its output was closed and when the process had ended, in ms from its start. */
function resume({ repository, env }: Place, { launcher }: WiredHome): Promise<{ answeredMs: number; endedMs: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(launcher, ["resume"], { cwd: repository, env, stdio: ["ignore", "pipe", "inherit"] });
    let answeredMs = 0;
    child.stdout.resume().once("end", () => {
      answeredMs = performance.now() - start;
    });
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve({ answeredMs, endedMs: performance.now() - start });
      else reject(new Error(`baton resume ended with ${status}`));
    });
  });
}

function middle(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
