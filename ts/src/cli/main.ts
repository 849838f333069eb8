/** Where the `baton` command line starts. */

const { runProgram } = await import("./program.js");
process.exitCode = await runProgram(process.argv.slice(2));
