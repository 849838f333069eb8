/** How much of the laboratory runs: the short part is in `npm test`, all of it is `npm run crash`. */

/** Whether all of it runs. */
export const isDeep: boolean = process.env.MODE === "all";

/** Seed of the first random run; the next ones take the numbers behind it. */
export const firstSeed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);

/** How many random runs: what BATON_CRASH_RUNS says, else `short` in `npm test` and `deep` in `npm run crash`. */
export function randomRuns(short: number, deep: number): number {
  return Number(process.env.BATON_CRASH_RUNS ?? (isDeep ? deep : short));
}

/** Prints a line of counts. */
export function say(line: string): void {
  process.stdout.write(`[crash] ${line}\n`);
}
