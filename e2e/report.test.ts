/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** The page of `opencode-proxy-doctor report` in a real Chromium: a month of work, and hostile text. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumProgram, startChromium } from "./chromium.js";
import { buildDoctor, program } from "./doctor.js";
import { isolate, type Machine } from "./isolate.js";
import { month, monthRequests, workspaces } from "./report-month.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

describe.skipIf(chromiumProgram() === undefined)("the report, in Chromium", () => {
  let machine: Machine;
  let browser: Browser;
  let file: string;
  /** What the page said or asked for, which has to be nothing but itself. */
  const said: string[] = [];

  beforeAll(async () => {
    buildDoctor();
    machine = isolate();
    await month(machine);
    file = join(machine.root, "report.html");
    const { status, stderr } = spawnSync(program, ["report", "-o", file, "--quiet"], {
      cwd: machine.project,
      env: machine.env,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    browser = await startChromium();
  });

  afterEach(() => expect(said.splice(0)).toEqual([]));

  afterAll(async () => {
    await browser?.close();
    machine?.remove();
  });

  /** The report in a window of its own, with all that it says written down. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    const page = await context.newPage();
    page.on("console", (message) => said.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    const url = pathToFileURL(file).href;
    page.on("request", (request) => {
      if (request.url() !== url) said.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  test("it says nothing on the console, asks for nothing, and is styled by the style that its policy allows", async () => {
    const page = await open();
    const { background, font } = await page.evaluate(() => {
      const { backgroundColor: background, fontVariantNumeric: font } = getComputedStyle(document.body);
      return { background, font };
    });
    expect([background, font]).toEqual(["rgb(255, 255, 255)", "tabular-nums"]);
    expect(await page.evaluate(() => document.scripts.length)).toBe(0);
  });

  test("its policy stops what would be put into it", async () => {
    const page = await open();
    const stopped = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
      document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p><img src="http://127.0.0.1:9/x.png">');
      const style = document.createElement("style");
      style.textContent = "p { color: red }";
      document.head.append(style);
      const script = document.createElement("script");
      script.textContent = "document.title = 'taken'";
      document.head.append(script);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { violations, title: document.title };
    });
    expect(new Set(stopped.violations)).toEqual(
      new Set(["style-src-attr", "style-src-elem", "img-src", "script-src-elem"]),
    );
    expect(stopped.title).toMatch(/^Baton report/);
    said.length = 0;
  });

  test("the month stands in it: work, checks, usage, limits, models, what is stored", async () => {
    const page = await open();
    const text = (await page.locator("main").innerText()).replaceAll("\u00a0", " ");
    for (const told of [
      ...workspaces,
      "The upstream mock answers 200 with a limit header, ask before changing it",
      "fix/limit-window",
      "lease of opencode ended 3h ago",
      "exit 101, 3 of 96 tests failed",
      "fresh",
      `${monthRequests.toLocaleString("en")} requests`,
      "qwen/qwen3-coder:free",
      "http 5xx",
      "4 times, ",
      "opencode-proxy on port 3000",
      "the last one always",
    ]) {
      expect(text).toContain(told);
    }
    expect(readFileSync(file, "utf8")).not.toContain(machine.root);
  });

  test("axe finds nothing that keeps anybody from using it, in light and in dark, wide and narrow", async () => {
    for (const options of [
      { colorScheme: "light" as const },
      { colorScheme: "dark" as const, viewport: { width: 360, height: 740 } },
    ]) {
      const page = await open({ ...options, bypassCSP: true });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const runner = (globalThis as unknown as { axe: { run(): Promise<{ violations: object[] }> } }).axe;
        return (await runner.run()).violations;
      });
      expect(violations).toEqual([]);
    }
  });

  test("a screen reader finds landmarks, headings in order, named tables and charts with words", async () => {
    const page = await open();
    const tree = await page.locator("body").ariaSnapshot();
    for (const part of [
      "- banner:",
      '- navigation "Sections"',
      "- main:",
      "- contentinfo:",
      '- heading "Baton report" [level=1]',
      '- heading "Where the work stands" [level=2]',
      `- heading "${workspaces[0]} current directory" [level=3]`,
      '- region "Usage"',
      '- table "Usage by model, most requests first"',
      '- columnheader "Reported tokens"',
      '- rowheader "grok-code"',
      'img "Tokens per day',
      'img "When models were limited',
    ]) {
      expect(tree.split("\n").some((line) => line.includes(part)) || part).toBe(true);
    }
    const levels = await page
      .locator("h1, h2, h3, h4")
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    for (const [at, level] of levels.entries()) expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    const charts = await page
      .locator("svg[role=img]")
      .evaluateAll((all) => all.map((svg) => svg.querySelector("desc")?.textContent));
    expect(charts.length).toBeGreaterThanOrEqual(8);
    expect(charts.every(Boolean)).toBe(true);
  });

  test("the keyboard goes to the report first, then through the sections, and shows where it is", async () => {
    const page = await open();
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: active } = document;
        const shown =
          active && getComputedStyle(active).outlineStyle !== "none" && active.getBoundingClientRect().left >= 0;
        return [active?.textContent?.trim(), shown];
      });
    await page.keyboard.press("Tab");
    expect(await focused()).toEqual(["Skip to the report", true]);
    for (const name of ["Work", "Timeline", "Usage", "Limits and errors", "Models", "Stored"]) {
      await page.keyboard.press("Tab");
      expect(await focused()).toEqual([name, true]);
    }
    await page.keyboard.press("Tab");
    expect((await focused())[0]).toContain("The upstream mock answers 200");
    const summary = page.locator("summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("details").first().getAttribute("open")).toBe("");
    await page.keyboard.press("Shift+Home");
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  });

  test("the page of a narrow screen is not wider than the screen, with all open", async () => {
    for (const width of [360, 320]) {
      const page = await open({ viewport: { width, height: 740 } });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("details")) details.open = true;
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll("main *")]
          .filter((element) => !element.closest(".scroll, svg, .quiet"))
          .filter((element) => element.getBoundingClientRect().right > innerWidth)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(cut).toEqual([]);
    }
  });

  test("in the dark it is dark, and a bar is seen against its ground", async () => {
    const page = await open({ colorScheme: "dark" });
    const colors = await page.evaluate(() => {
      const bar = document.querySelector("rect.reported");
      return [getComputedStyle(document.body).backgroundColor, bar && getComputedStyle(bar).fill];
    });
    expect(colors).toEqual(["rgb(19, 22, 25)", "rgb(120, 166, 238)"]);
  });

  test("on paper it is light, without its navigation, and with the numbers that were folded away", async () => {
    const page = await open({ colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const paper = await page.evaluate(() => ({
      background: getComputedStyle(document.body).backgroundColor,
      nav: document.querySelector("nav")?.checkVisibility(),
      folded: [...document.querySelectorAll("details table")].map((table) =>
        table.checkVisibility({ contentVisibilityAuto: true }),
      ),
      heights: [...document.querySelectorAll("details table")].map((table) => table.getBoundingClientRect().height),
    }));
    expect(paper).toMatchObject({ background: "rgb(255, 255, 255)", nav: false });
    expect(paper.folded.length).toBe(5);
    expect(paper.folded.every(Boolean) && paper.heights.every((height) => height > 30)).toBe(true);
    const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    expect(pdf.length).toBeGreaterThan(50_000);
  });

  test("the whole month is a small page", () => {
    expect(readFileSync(file).length).toBeLessThanOrEqual(300_000);
  });

  test("a report that was tampered with is shown without the style that was put in", async () => {
    const page = readFileSync(file, "utf8");
    const before = file;
    file = join(machine.root, "tampered.html");
    writeFileSync(file, page.replace("color-scheme: light;", "color-scheme: light; --page: #ff0000;"));
    try {
      const tampered = await open();
      expect(await tampered.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe("rgb(255, 0, 0)");
      expect(said.splice(0).join("\n")).toContain("Content Security Policy");
    } finally {
      file = before;
    }
  });
});
