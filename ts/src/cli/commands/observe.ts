/** `baton observe`: looks at the repository and the machine, and records what changed. */
import type { Command } from "commander";
import { contextOf, type SharedOptions, shared } from "../context.js";

interface ObserveOptions extends SharedOptions {
  readonly proxy?: string;
  readonly offline?: boolean;
}

/** Adds the command. */
export function registerObserve(program: Command): void {
  shared(program.command("observe"))
    .description("look at git, gh, the proxy and the configuration of OpenCode, and record what changed")
    .option("--proxy <url>", "where the proxy listens on this machine (else HOST and PORT, else port 3000)")
    .option("--offline", "ask neither the proxy nor gh")
    .addHelpText("after", "\nExamples:\n  baton observe\n  baton observe --proxy http://127.0.0.1:3001")
    .action(async (options: ObserveOptions) => {
      const context = contextOf(options, { writes: true });
      const { proxy, offline = false } = options;
      const look = { env: process.env, dir: process.cwd(), proxy, offline };
      const { lookAround } = await import("../../client/look.js");
      const { pointers, facts, runtimes } = await lookAround(context, look);
      const { workspace } = context.git();
      const machine = `${facts} facts, ${runtimes} runtimes recorded`;
      context.say(
        workspace === undefined ? `no repository here; ${machine}` : `${workspace}: ${pointers} pointers, ${machine}`,
      );
    });
}
