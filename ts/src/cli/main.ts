/** Where the `baton` command line starts. */
import { runProgram } from "./program.js";

process.exitCode = await runProgram(process.argv.slice(2));
