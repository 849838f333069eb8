/** Every command of `baton`, in the order of the help. */
import type { Command } from "commander";
import { registerExport } from "./export.js";
import { registerGc } from "./gc.js";
import { registerGuard } from "./guard.js";
import { registerHook } from "./hook.js";
import { registerImport } from "./import.js";
import { registerInit } from "./init.js";
import { registerMcp } from "./mcp.js";
import { registerNext } from "./next.js";
import { registerNote } from "./note.js";
import { registerObserve } from "./observe.js";
import { registerPoint } from "./point.js";
import { registerResume } from "./resume.js";
import { registerRun } from "./run.js";
import { registerStatus } from "./status.js";
import { registerVerify } from "./verify.js";
import { registerWhere } from "./where.js";

/** Adds all commands. */
export function registerCommands(program: Command): void {
  for (const register of [
    registerResume,
    registerStatus,
    registerObserve,
    registerPoint,
    registerNote,
    registerNext,
    registerRun,
    registerInit,
    registerMcp,
    registerHook,
    registerImport,
    registerExport,
    registerGuard,
    registerVerify,
    registerGc,
    registerWhere,
  ])
    register(program);
}
