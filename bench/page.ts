/** The pages with figures: tables that a command writes between their markers. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** The class of this machine: cores, memory, system and Node. */
export function machine(): string {
  return `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux, Node ${process.versions.node}`;
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Puts `text` between the lines `<!-- start -->` and `<!-- end -->` of a page. Throws where they are not there. */
export function publish(
  { start, end }: { readonly start: string; readonly end: string },
  text: string,
  page = "docs/benchmarks.md",
): void {
  const before = readFileSync(page, "utf8");
  const head = `<!-- ${start} -->\n`;
  const from = before.indexOf(head) + head.length;
  const to = before.indexOf(`\n<!-- ${end} -->`, from - 1);
  if (from < head.length || to < 0) throw new Error(`${page} has no markers ${start} and ${end}`);
  writeFileSync(page, before.slice(0, from) + text + before.slice(to));
}
