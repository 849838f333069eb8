/**
 * Parses JSON, with comments and trailing commas where the client takes them, and tells where its parts lie. An entry for
 * the parser of jsonc-parser: its own `modify` takes comments away with what it removes.
 */
import { createScanner, findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree } from "jsonc-parser";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { positionOf } from "./text.js";

export type { Node } from "jsonc-parser";

/** What a client takes besides JSON: `jsonc` is JSON with comments and trailing commas. */
export type Dialect = "json" | "jsonc";

/** One word of the text, white space left out. */
export interface Token {
  readonly kind: "comma" | "line-comment" | "block-comment" | "other";
  readonly start: number;
  readonly end: number;
}

/** A parsed text. `root` is absent where it holds nothing but white space and comments. */
export interface JsonTree {
  readonly text: string;
  readonly root: Node | undefined;
  readonly tokens: readonly Token[];
}

/**
 * Parses a text. Throws CLIENT_SYNTAX at the first mistake, with `path`, line and column as place. A key that stands twice
 * in an object is one: parsers differ in which of both they take.
 */
export function parseJson(text: string, dialect: Dialect, path: string): JsonTree {
  const mistakes: ParseError[] = [];
  const isJsonc = dialect === "jsonc";
  const root = parseTree(text, mistakes, {
    disallowComments: !isJsonc,
    allowTrailingComma: isJsonc,
    allowEmptyContent: true,
  });
  const mistake = mistakes[0] ?? (root && twin(root));
  if (mistake) throw batonError(errors.CLIENT_SYNTAX, { place: `${path}:${positionOf(text, mistake.offset)}` });
  return { text, root, tokens: tokensOf(text) };
}

/** The value of a tree, of plain objects; undefined where it is empty. */
export function jsonValue({ root }: JsonTree): unknown {
  return root && structuredClone(getNodeValue(root));
}

/** The node at a path of keys and indices. */
export function nodeAt({ root }: JsonTree, path: readonly (string | number)[]): Node | undefined {
  return root && findNodeAtLocation(root, [...path]);
}

/** Whether a value is an object of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a token is a comment. */
export function isComment({ kind }: Token): boolean {
  return kind === "line-comment" || kind === "block-comment";
}

/** The first property whose key the object has already. */
function twin(node: Node): Node | undefined {
  const keys = new Set<unknown>();
  for (const child of node.children ?? []) {
    const key = child.type === "property" ? child.children?.[0]?.value : undefined;
    if (key !== undefined && keys.has(key)) return child;
    keys.add(key);
    const below = twin(child);
    if (below) return below;
  }
  return undefined;
}

function tokensOf(text: string): Token[] {
  const scanner = createScanner(text, false);
  const tokens: Token[] = [];
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const start = scanner.getTokenOffset();
    const end = start + scanner.getTokenLength();
    const word = text.slice(start, end);
    if (word.trim() !== "") tokens.push({ kind: kindOf(word), start, end });
  }
  return tokens;
}

function kindOf(word: string): Token["kind"] {
  if (word === ",") return "comma";
  return word.startsWith("//") ? "line-comment" : word.startsWith("/*") ? "block-comment" : "other";
}
