/** The URLs of the remotes, from git's answer or from the configuration file itself. */
import { splitNul, textOf } from "./bytes.js";

/** First URL of every remote that has one, by the name of the remote. */
export type RemoteUrls = ReadonlyMap<string, string>;

/** Reads the output of `git config -z --get-regexp ^remote\.`: "key LF value NUL", a key without value stands alone. */
export function readRemotes(output: Uint8Array): RemoteUrls {
  const urls = new Map<string, string>();
  for (const entry of splitNul(output)) {
    const [, name, url] = /^remote\.([^\n]+)\.url\n(.+)$/s.exec(textOf(entry)) ?? [];
    if (name !== undefined && url !== undefined && !urls.has(name)) urls.set(name, url);
  }
  return urls;
}

/**
 * Reads the remotes out of a git configuration file (git-config(1), Syntax). Includes are not followed. Reading stops
 * at the first line that git would refuse.
 */
export function parseRemotes(text: string): RemoteUrls {
  const urls = new Map<string, string>();
  let remote: string | undefined;
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    let line = (lines[index] ?? "").trim();
    const section = /^\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\]|\\.)*)")?[ \t]*\]/.exec(line);
    if (section !== null) {
      const [header, name = "", subsection] = section;
      remote = name.toLowerCase() === "remote" ? subsection?.replace(/\\(.)/g, "$1") : undefined;
      line = line.slice(header.length).trim();
    }
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const variable = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=(.*))?$/s.exec(line);
    if (variable === null) return urls;
    let raw = variable[2] ?? "";
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(raw) && index + 1 < lines.length) {
      index += 1;
      raw = raw.slice(0, -1) + (lines[index] ?? "");
    }
    if (remote === undefined || variable[1]?.toLowerCase() !== "url" || urls.has(remote)) continue;
    const url = unquoted(raw);
    if (url === undefined) return urls;
    if (url !== "") urls.set(remote, url);
  }
  return urls;
}

/** A value without quotes, escapes, comment and the blanks around it; undefined where git would refuse it. */
function unquoted(raw: string): string | undefined {
  let value = "";
  let blanks = "";
  let quoted = false;
  for (let index = 0; index < raw.length; index += 1) {
    let char = raw[index] ?? "";
    if (char === '"') {
      quoted = !quoted;
      continue;
    }
    if (!quoted && (char === "#" || char === ";")) break;
    if (!quoted && (char === " " || char === "\t")) {
      blanks += char;
      continue;
    }
    if (char === "\\") {
      index += 1;
      const escaped = { n: "\n", t: "\t", b: "\b", "\\": "\\", '"': '"' }[raw[index] ?? ""];
      if (escaped === undefined) return undefined;
      char = escaped;
    }
    value += (value === "" ? "" : blanks) + char;
    blanks = "";
  }
  return quoted ? undefined : value;
}
