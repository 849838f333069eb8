/** `baton mcp` without the rest of the command line: sessions wait until its tools are listed, so little is loaded. */
import { serve } from "../integrations/mcp/server.js";
import { printError } from "./output.js";

/** Serves until the client ends it. Gives the exit code: 0, or 1 after an error, which it prints. Never throws. */
export async function runServer(): Promise<number> {
  try {
    await serve({ dir: process.cwd(), env: process.env });
    return 0;
  } catch (error) {
    printError(error);
    return 1;
  }
}
