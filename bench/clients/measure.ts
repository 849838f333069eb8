/** Times that were taken in turns, so that a busy moment hits all of them, and how they are shown. */

/** Samples of each figure. */
export const runs = Number(process.env.BENCH_RUNS ?? 50);

/** Takes one sample: prepares, times, and gives milliseconds. */
export type Sample = () => number | Promise<number>;

/** Takes `count` samples of each in turns, after one of each that does not count; gives milliseconds. */
export async function inTurns<Name extends string>(
  samples: Readonly<Record<Name, Sample>>,
  count = runs,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(samples) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < count; round++) {
    for (const name of names) {
      const ms = await samples[name]();
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}

/** Median and 95th percentile: the sample that so many do not exceed. */
function figureOf(times: readonly number[]): { median: number; p95: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95) };
}

/** `12 / 15 ms`: median and 95th percentile, in microseconds where the median is below one millisecond. */
export function shown(times: readonly number[]): string {
  const { median, p95 } = figureOf(times);
  const [factor, unit] = median < 1 ? [1000, "µs"] : [1, "ms"];
  const number = (ms: number): string => (ms * factor).toFixed(unit === "ms" && ms < 10 ? 1 : 0);
  return `${number(median)} / ${number(p95)} ${unit}`;
}

/** The time that something takes, in milliseconds. */
export async function timeOf(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** A row of the table: what, in an empty home, in one of 2,000 segments, what is empty beside it, the goal. */
export type Row = readonly [figure: string, empty: string, full: string, beside: string, goal: string];
