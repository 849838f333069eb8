/** Where the `baton` command line starts. */

const { runProgram } = await import("./program.js");
let home: { readonly home?: string } | undefined;
process.exitCode = await runProgram(process.argv.slice(2), (options) => {
  home = options;
});
if (home !== undefined) {
  const { afterwards } = await import("./afterwards.js");
  await afterwards(home);
}
