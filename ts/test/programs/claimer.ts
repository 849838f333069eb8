/**
 * A process that claims every action that it is told on stdin, each time with the whole command line, for the workspace
 * and the name that it was started with. On stderr it says what the command says, and then `ended` and the exit code.
 */
import { createInterface } from "node:readline";
import { tell } from "../../src/cli/output.js";
import { runProgram } from "../../src/cli/program.js";

async function claimEach([workspace = "", name = ""]: readonly string[]): Promise<void> {
  for await (const id of createInterface({ input: process.stdin }))
    tell(`ended ${await runProgram(["next", "claim", id, "--as", name, "--workspace", workspace])}`);
}

claimEach(process.argv.slice(2));
