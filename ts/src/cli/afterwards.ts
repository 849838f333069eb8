/** What a command does once it has answered: whoever reads its output does not wait for it. */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { openHome } from "../home/home.js";
import { isMergeDue } from "../merge/due.js";

/** Closes the output and tidies the state directory where that is due. Says nothing, and never throws. */
export async function afterwards({ home }: { readonly home?: string }): Promise<void> {
  try {
    if (!isMergeDue(openHome({ home, env: process.env }).segments)) return;
    closeOutput();
    const { tidy } = await import("../client/tidy.js");
    await tidy({ home, env: process.env });
  } catch {
    // No state directory, or none that can be read: the command has said so.
  }
}

/** Closes stdout and stderr. Nothing that is opened later may take their numbers, and with them what a warning prints. */
function closeOutput(): void {
  for (const fd of [1, 2]) closeSync(fd);
  let fd = openSync(devNull, "r+");
  while (fd <= 2) fd = openSync(devNull, "r+");
  closeSync(fd);
}
