/** `baton guard`: stdin lines of class and text in, verdicts out, one line each (docs/privacy.md). */
import type { Command } from "commander";
import { guardLine } from "../../guard/lines.js";
import { knownTo } from "../../home/known.js";
import { linesOfStdin } from "../input.js";
import { print } from "../output.js";

/** Adds the command. */
export function registerGuard(program: Command): void {
  program
    .command("guard")
    .description("judge texts: one JSON line in, one verdict out")
    .addHelpText("after", `\nExample:\n  echo '{"class":"NOTE","text":"tests pass"}' | baton guard`)
    .action(() => {
      const known = knownTo(process.env);
      for (const line of linesOfStdin()) print(`${guardLine(line, known)}\n`);
    });
}
