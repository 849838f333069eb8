/** The pipeline: every way into Baton, one after the other, on one machine. */
import { isAll } from "./mode.js";
import { codexSteps } from "./steps/codex.js";
import { importSteps, resumeStep, workSteps } from "./steps/commands.js";
import { opencodeStep, proxyStep } from "./steps/hosts.js";
import { mcpStep } from "./steps/mcp.js";
import type { Step } from "./steps/step.js";
import type { World } from "./world.js";

/** All steps, in order. */
export const pipeline: readonly Step[] = [
  ...workSteps,
  ...codexSteps,
  mcpStep,
  opencodeStep,
  proxyStep,
  ...importSteps,
  resumeStep,
];

/** Runs steps one after the other: those that are named, else those of the mode. Throws where one did not do its work. */
export async function runPipeline(world: World, names?: readonly string[]): Promise<void> {
  const unknown = names?.find((name) => !pipeline.some((step) => step.name === name));
  if (unknown !== undefined) throw new RangeError(`there is no step ${unknown}`);
  for (const step of pipeline)
    if (names?.includes(step.name) ?? (isAll || step.isExtra !== true)) await step.run(world);
}
