/**
 * Pictures of the report of a scripted month, for docs/report.md: `npx tsx e2e/report-shots.ts --write`. Without `--write`
 * they go to a temporary folder, whose name is printed with the size of the page and the time that it took.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startChromium } from "./chromium.js";
import { repository } from "./clients.js";
import { buildDoctor, program } from "./doctor.js";
import { isolate } from "./isolate.js";
import { month } from "./report-month.js";

/** Most bytes of a picture in the docs. */
const mostBytes = 150_000;
const pictures = [
  { name: "light", colorScheme: "light", width: 1000, height: 900 },
  { name: "dark", colorScheme: "dark", width: 1000, height: 900, section: "#usage" },
  { name: "narrow", colorScheme: "light", width: 360, height: 1200 },
] as const;

buildDoctor();
const doctor = process.env.DOCTOR ?? program;
const to = process.argv.includes("--write")
  ? join(repository, "docs", "report")
  : mkdtempSync(join(tmpdir(), "baton-report-"));
mkdirSync(to, { recursive: true });
const machine = isolate();
const browser = await startChromium();
try {
  await month(machine);
  const file = join(machine.root, "report.html");
  const times = Array.from({ length: 3 }, () => {
    const began = performance.now();
    const options = { cwd: machine.project, env: machine.env, stdio: "inherit" } as const;
    const { status } = spawnSync(doctor, ["report", "-o", file, "--quiet"], options);
    if (status !== 0) throw new Error(`report: exit code ${status}`);
    return Math.round(performance.now() - began);
  });
  process.stdout.write(`${readFileSync(file).length} bytes in ${times.join(", ")} ms with ${doctor}\n`);
  for (const { name, colorScheme, width, height, ...rest } of pictures) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height } });
    await page.goto(`${pathToFileURL(file)}${"section" in rest ? rest.section : ""}`);
    await page.screenshot({ path: join(to, `${name}.png`) });
    if (name === "light") await page.pdf({ path: join(machine.root, "report.pdf"), format: "A4" });
  }
  const pdf = ["-png", "-r", "75", "-singlefile", join(machine.root, "report.pdf"), join(to, "print")];
  if (spawnSync("pdftoppm", pdf, { stdio: "inherit" }).status !== 0) throw new Error("pdftoppm failed: poppler-utils");
  for (const name of [...pictures.map(({ name }) => name), "print"]) {
    const picture = join(to, `${name}.png`);
    const { size } = statSync(picture);
    process.stdout.write(`${picture}: ${size} bytes\n`);
    if (size > mostBytes) throw new Error(`${picture} has more than ${mostBytes} bytes`);
  }
} finally {
  await browser.close();
  machine.remove();
}
