/** Programs that are killed in the middle of what they do, so that what they clean up stays: leases, temporary files. */
import { usageFile } from "./set-up.js";
import { must } from "./steps/step.js";
import type { World } from "./world.js";

/** Kills each before it removes or replaces a file. Gives the paths of what stays: a lease, a snapshot, a copy of the index. */
export async function runKilled(world: World): Promise<string[]> {
  const before = world.written();
  const { cli } = world.programs;
  // Something new, for a snapshot to be written.
  await world.node("note-before", cli, ["note", "one thing more"]);
  for (const [step, path, words] of [
    ["killed-import", "/locks/", ["import", "usage", usageFile(world)]],
    ["killed-resume", "/latest.json.", ["resume"]],
    ["killed-run", "/tmp/baton-", ["run", "--", "git", "--version"]],
  ] as const) {
    const ended = await world.node(step, cli, words, { env: { SEAM_KILL: path } });
    must(ended.status === null, step, ended);
  }
  return [...world.written().keys()].filter((path) => !before.has(path));
}
