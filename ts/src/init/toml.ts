/**
 * The table `[mcp_servers.baton]` in TOML of somebody else. No editor that was tried keeps every byte around it (trailing
 * white space, blank lines and comments move), so it is one block: put at the end, and cut out by the ranges of the parser.
 */
import { type AST, getStaticTOMLValue, type ParseError, parseTOML } from "toml-eslint-parser";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { lineEndOf } from "./text.js";

/** A server as Codex starts it. */
export interface TomlServer {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const keys = ["mcp_servers", "baton"] as const;

/** The command of `[mcp_servers.baton]`: undefined where there is no such table, "" where it has no command. */
export function tomlServerCommand(text: string, path: string): string | undefined {
  const entry = tablesOf(parse(text, path)).mcp_servers?.baton;
  if (entry === undefined) return undefined;
  return typeof entry === "object" && entry !== null && "command" in entry ? String(entry.command) : "";
}

/**
 * Appends the table. Throws CLIENT_SYNTAX where the text is not valid TOML, CLIENT_SHAPE where `mcp_servers` is written
 * so that no table can be added (an inline table).
 */
export function addTomlServer(text: string, server: TomlServer, path: string): string {
  parse(text, path);
  const end = lineEndOf(text);
  const gap = text === "" ? "" : text.endsWith("\n") ? end : end + end;
  const env = Object.entries(server.env).map(([name, value]) => `${name} = ${quote(value)}`);
  const lines = [
    `[${keys.join(".")}]`,
    `command = ${quote(server.command)}`,
    `args = [${server.args.map(quote).join(", ")}]`,
    `env = { ${env.join(", ")} }`,
  ];
  const added = `${text}${gap}${lines.join(end)}${end}`;
  try {
    parse(added, path);
  } catch {
    throw batonError(errors.CLIENT_SHAPE, { place: `${path}: ${keys[0]} is no table that can be added to` });
  }
  return added;
}

/**
 * Cuts out the table, the tables below it, and a blank line before each; comments between tables stay. Throws CLIENT_SYNTAX
 * where the text is not valid, CLIENT_SHAPE where the server is not written as a table of its own.
 */
export function removeTomlServer(text: string, path: string): string {
  const own = parse(text, path).body[0].body.filter((node): node is AST.TOMLTable => isOwn(node));
  const left = own.reduceRight((done, { range: [start, end] }) => cut(done, start, end), text);
  if (tomlServerCommand(left, path) !== undefined)
    throw batonError(errors.CLIENT_SHAPE, { place: `${path}: ${keys.join(".")} is not written as a table` });
  return left;
}

function isOwn(node: AST.TOMLTopLevelTable["body"][number]): boolean {
  return node.type === "TOMLTable" && keys.every((key, i) => node.resolvedKey[i] === key);
}

/** Cuts whole lines, and one blank line before them. */
function cut(text: string, start: number, end: number): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const blank = /(?:^|\n)([ \t]*\r?\n)$/.exec(text.slice(0, lineStart))?.[1] ?? "";
  const lineEnd = /^[^\n]*(\n|$)/.exec(text.slice(end))?.[0].length ?? 0;
  return text.slice(0, lineStart - blank.length) + text.slice(end + lineEnd);
}

function parse(text: string, path: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "1.1" });
  } catch (error) {
    const { lineNumber, column } = error as ParseError;
    throw batonError(errors.CLIENT_SYNTAX, { place: `${path}:${lineNumber}:${column + 1}` });
  }
}

function tablesOf(program: AST.TOMLProgram): { mcp_servers?: { baton?: unknown } } {
  return getStaticTOMLValue(program) as { mcp_servers?: { baton?: unknown } };
}

/** A basic string of TOML; JSON's escapes are among its own, and DEL is the one byte that only TOML wants escaped. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll("\u{7f}", "\\u007f");
}
