/** An MCP server that does nothing, on the SDK that `baton mcp` uses: one tool, which gives an empty text. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

serveStdio(() => {
  const server = new McpServer({ name: "empty", version: "0" });
  server.registerTool("empty", { description: "Does nothing." }, async () => ({
    content: [{ type: "text", text: "" }],
  }));
  return server;
});
process.stdin.once("end", () => process.exit());
