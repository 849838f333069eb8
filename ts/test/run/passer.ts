/** Runs the command of its arguments with runCommand, writes how it ended to the file in ENDED, and exits likewise. */
import { writeFileSync } from "node:fs";
import { runCommand } from "../../src/run/command.js";

const ended = await runCommand(process.argv.slice(2), { dir: process.cwd(), env: process.env }).catch((error) => ({
  exitCode: 99,
  code: error.code,
  place: error.place,
}));
writeFileSync(process.env.ENDED ?? "", JSON.stringify(ended));
process.exitCode = ended.exitCode;
