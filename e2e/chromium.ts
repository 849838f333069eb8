/** A real Chromium without a window, to look at pages of this machine with. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The program: CHROMIUM names it, else PATH has it. Undefined where there is none. */
export function chromiumProgram(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file));
}

/** Starts it; the caller closes it. Throws where there is none. Root has no sandbox, as Chromium has it. */
export function startChromium(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error("no Chromium: install it, or name it with CHROMIUM");
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
