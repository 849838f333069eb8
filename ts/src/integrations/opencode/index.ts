/**
 * The OpenCode plugin: `dist/opencode.js`, one file without dependencies (docs/integrations.md, section OpenCode). It runs in
 * OpenCode's own Bun, and OpenCode takes every export of it for a plugin: there is one.
 */
import { textAt } from "./fields.js";
import { createHooks, type Hooks } from "./hooks.js";

/** Called by OpenCode once for each directory that it works in; `input.directory` is that. Never throws. */
export async function BatonPlugin(input: unknown): Promise<Hooks> {
  return createHooks(textAt(input, "directory") ?? process.cwd());
}
