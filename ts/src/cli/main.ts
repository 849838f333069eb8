/** Where the `baton` command line starts. */

const words = process.argv.slice(2);
if (words.join(" ") === "hook codex") {
  // Whatever is wrong with Baton is not to be noticed by a session.
  await import("./hook.js").then(({ runHook }) => runHook()).catch(() => {});
} else {
  let home: { readonly home?: string } | undefined;
  if (words.join(" ") === "mcp") {
    const { runServer } = await import("./server.js");
    home = {};
    process.exitCode = await runServer();
  } else {
    const { runProgram } = await import("./program.js");
    process.exitCode = await runProgram(words, (options) => {
      home = options;
    });
  }
  if (home !== undefined) {
    const { afterwards } = await import("./afterwards.js");
    await afterwards(home);
  }
}
