/** `baton mcp`: the MCP server on standard input and output. */
import type { Command } from "commander";

/** Adds the command. */
export function registerMcp(program: Command): void {
  program
    .command("mcp")
    .description("serve the tools of Baton over MCP, on standard input and output, until input ends")
    .option("--home <dir>", "state directory (else BATON_HOME, else the platform's)")
    .addHelpText("after", "\nClients start it; `baton init` tells them how.")
    .action(async ({ home }: { home?: string }) => {
      const { serve } = await import("../../integrations/mcp/server.js");
      await serve({ dir: process.cwd(), env: process.env, home });
    });
}
