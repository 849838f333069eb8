/** Commands as people write them down: scripts of package.json, recipes of Makefiles, steps of CI, blocks of documentation. */
import type { TreeFile } from "./repository.js";

const mostCommand = 4096;

/** The commands that a file holds, one for each line. */
export function commandsOf(file: TreeFile): string[] {
  return found(file)
    .map((command) => command.trim())
    .filter((command) => /^[A-Za-z0-9_./$(]/.test(command) && command.length <= mostCommand);
}

function found({ path, text }: TreeFile): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "package.json") return scriptsOf(text);
  if (/^(GNU)?[Mm]akefile$|\.mk$/.test(name)) return lines(text, /^\t[@-]?(.+)$/);
  if (/^\.github\/workflows\/|^\.gitlab-ci|^\.circleci\//.test(path)) return stepsOf(text);
  if (/\.(md|mdx|markdown|rst|adoc)$/.test(name)) return blocksOf(text);
  return [];
}

function scriptsOf(text: string): string[] {
  try {
    const { scripts } = JSON.parse(text) as { scripts?: Record<string, string> };
    return Object.values(scripts ?? {}).filter((script) => typeof script === "string");
  } catch {
    return []; // a manifest of a test that is broken on purpose
  }
}

function lines(text: string, pattern: RegExp): string[] {
  return text.split(/\r?\n/).flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

/** `run: command`, and the lines of `run: |`. */
function stepsOf(text: string): string[] {
  const commands: string[] = [];
  let indent = -1;
  for (const line of text.split(/\r?\n/)) {
    const step = /^(\s*)(?:- )?(?:run|script):\s*(.*)$/.exec(line);
    const depth = line.search(/\S/);
    if (step) {
      const isBlock = /^[|>][+-]?$/.test(step[2] ?? "");
      indent = isBlock ? (step[1] ?? "").length : -1;
      if (!isBlock && step[2]) commands.push(step[2]);
    } else if (indent >= 0 && depth > indent) commands.push(line);
    else if (depth >= 0) indent = -1;
  }
  return commands;
}

/** Lines of blocks that are marked as shell, and lines behind a prompt. */
function blocksOf(text: string): string[] {
  const commands: string[] = [];
  let isShell = false;
  for (const line of text.split(/\r?\n/)) {
    const fence = /^\s*(?:```|~~~)\s*(\w*)/.exec(line);
    if (fence) isShell = !isShell && /^(sh|bash|shell|zsh|console|terminal)$/.test(fence[1] ?? "");
    else if (isShell) commands.push(line.replace(/^\s*[$>#]\s+/, ""));
    else commands.push(...(/^\s{2,}\$ (.+)$/.exec(line)?.slice(1) ?? []));
  }
  return commands;
}
