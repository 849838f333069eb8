/** How long whole processes take, as the system starts and reaps them (bench/timed.py). */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Runs of one command. */
export interface Timing {
  /** Milliseconds of each run. */
  readonly ms: number[];
  /** Most memory of any run. */
  readonly rssMb: number;
  /** What the last one printed. */
  readonly output: string;
}

/** Where commands run, and at which moment of BATON_NOW. */
export interface TimingInit {
  readonly cwd: string;
  readonly now: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether the first run counts: of what changes what it looks at. Else one run before is left out. */
  readonly isFirst?: boolean;
}

/** Runs a command so many times. */
export function timed(count: number, argv: readonly string[], { cwd, now, env, isFirst }: TimingInit): Timing {
  const words = [...(isFirst ? ["--first"] : []), String(count), ...argv];
  const text = execFileSync("python3", [join(process.cwd(), "bench/timed.py"), ...words], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env, BATON_NOW: now },
  });
  return JSON.parse(text) as Timing;
}

/** The commands one after the other, a tenth of the runs at a time: what the machine does meanwhile meets all of them. */
export function inTurns<Name extends string>(
  init: TimingInit & { readonly count: number },
  commands: Readonly<Record<Name, readonly string[]>>,
): Record<Name, Pick<Timing, "ms">> {
  const names = Object.keys(commands) as Name[];
  const all = Object.fromEntries(names.map((name) => [name, { ms: [] as number[] }])) as Record<Name, { ms: number[] }>;
  for (let round = 0; round < 10; round++)
    for (const name of names) all[name].ms.push(...timed(Math.ceil(init.count / 10), commands[name], init).ms);
  return all;
}

/** A percentile of the runs, in milliseconds. */
export function p(timing: Pick<Timing, "ms">, percent: number): number {
  const sorted = [...timing.ms].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

/** Milliseconds for people. */
export function ms(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
