/** `baton hook`: what clients call at their events. */
import { Command } from "commander";

/** Adds the command. */
export function registerHook(program: Command): void {
  program
    .command("hook")
    .description("take an event of a client on standard input; for the hooks that `baton init` writes")
    .addCommand(
      new Command("codex")
        .description("one event of Codex; prints the brief at SessionStart, else nothing, and always exits 0")
        .option("--home <dir>", "state directory (else BATON_HOME, else the platform's)")
        .action(async ({ home }: { home?: string }) => {
          const { runHook } = await import("../hook.js");
          await runHook(home);
        }),
    );
}
