/** What a merge does to the disk, step by step. */
import { type MergeFiles, mergeFiles } from "../../src/merge/files.js";

/** Enough time for a merge on a loaded machine. */
export const budgetMs = 60_000;

/** Names of the steps. */
export type Step = keyof MergeFiles;

/**
 * File systems that call `before` ahead of each step, with its number from 1 and its name, and `after` behind it. What
 * they throw, the step throws.
 */
export function stepping(
  before: (number: number, step: Step) => void,
  after: (number: number, step: Step) => void = () => {},
  files: MergeFiles = mergeFiles,
): MergeFiles {
  let number = 0;
  const wrapped = Object.entries(files).map(([name, original]) => [
    name,
    (...args: unknown[]) => {
      const mine = ++number;
      before(mine, name as Step);
      const result = (original as (...args: unknown[]) => unknown)(...args);
      after(mine, name as Step);
      return result;
    },
  ]);
  return Object.fromEntries(wrapped);
}
