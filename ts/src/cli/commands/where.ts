/** `baton where`: where everything lies. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { contextOf, type SharedOptions, shared } from "../context.js";
import { canonical } from "../json.js";
import { columns, print } from "../output.js";

/** Files and folders of the state directory, in the order of their weight. */
const places = [
  ...["segments", "install.key", "config.json", "claims", "locks", "asked", "pending", "bin", "init.json"],
  ...["latest.json", "index.redb"],
];

/** Adds the command. */
export function registerWhere(program: Command): void {
  shared(program.command("where"))
    .description("print where everything lies")
    .addHelpText("after", "\nExample:\n  baton where")
    .action((options: SharedOptions) => {
      const context = contextOf(options);
      const rows = [["home", context.home.dir], ...places.map((name) => [name, join(context.home.dir, name)])];
      if (context.json) print(`${canonical(Object.fromEntries(rows))}\n`);
      else
        print(columns(rows.map(([name = "", path = ""]) => [name, path, existsSync(path) ? "" : "(not there yet)"])));
    });
}
