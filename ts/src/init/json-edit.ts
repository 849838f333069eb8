/**
 * Puts entries into JSON of somebody else, and takes them out: every byte, comment and comma of others stays. What is put
 * in takes the indentation and the line ends of the text; what is taken out takes its own line with it and nothing else.
 */
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { type Dialect, isComment, type JsonTree, type Node, nodeAt, parseJson, type Token } from "./json-tree.js";
import { lineEndOf } from "./text.js";

/** Where something is in a document: keys of objects and indices of lists, from the root. */
export type Path = readonly (string | number)[];

/** A document to edit. */
export interface JsonText {
  readonly text: string;
  readonly dialect: Dialect;
  /** Path of the file, for errors. */
  readonly path: string;
}

/** One exchange of bytes. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly with: string;
}

/**
 * Puts `value` under `key` of the object at `path`; the objects of `path` are made where they are missing. The key must
 * not be there. Throws CLIENT_SHAPE where the path leads through something else, CLIENT_SYNTAX where the text is not valid.
 */
export function addProperty(document: JsonText, path: Path, key: string, value: unknown): string {
  const tree = parseJson(document.text, document.dialect, document.path);
  const { node, rest } = deepest(tree, path, document);
  const [first = key, ...inner] = [...rest, key];
  const nested = inner.reduceRight<unknown>((held, name) => ({ [name]: held }), value);
  if (!node) return startDocument(document.text, { [first]: nested });
  if (node.type !== "object") throw shapeError(document, path);
  return insertLast(tree, node, (indent, unit, end) => `${JSON.stringify(first)}: ${print(nested, indent, unit, end)}`);
}

/** Puts `value` at the end of the list at `path`, made where it is missing. Throws as `addProperty`. */
export function addElement(document: JsonText, path: Path, value: unknown): string {
  const tree = parseJson(document.text, document.dialect, document.path);
  const list = nodeAt(tree, path);
  if (!list) return addProperty(document, path.slice(0, -1), String(path.at(-1)), [value]);
  if (list.type !== "array") throw shapeError(document, path);
  return insertLast(tree, list, (indent, unit, end) => print(value, indent, unit, end));
}

/** Puts `value` in the place of what is at `path`. */
export function replaceAt(document: JsonText, path: Path, value: unknown): string {
  const tree = parseJson(document.text, document.dialect, document.path);
  const node = nodeAt(tree, path);
  if (!node) throw shapeError(document, path);
  const printed = print(value, indentAt(tree.text, node.offset), unitOf(tree.text), lineEndOf(tree.text));
  return splice(tree.text, [{ start: node.offset, end: endOf(node), with: printed }]);
}

/** Takes out the property or element at `path`; the text as it is where there is none. */
export function removeAt(document: JsonText, path: Path): string {
  const tree = parseJson(document.text, document.dialect, document.path);
  const value = nodeAt(tree, path);
  const item = value?.parent?.type === "property" ? value.parent : value;
  const container = item?.parent;
  if (!item || !container) return document.text;
  const { tokens, text } = tree;
  const after = tokens.find((token) => token.start >= endOf(item) && !isComment(token));
  const hasComma = after?.kind === "comma";
  const splices: Splice[] = [ownLine(tree, item, hasComma ? after : undefined)];
  if (hasComma) {
    if (after.start >= (splices[0]?.end ?? 0)) splices.push({ start: after.start, end: after.end, with: "" });
  } else {
    const before = tokens.findLast((token) => token.end <= item.offset && !isComment(token));
    if (before?.kind === "comma") splices.push({ start: before.start, end: before.end, with: "" });
  }
  const left = splice(text, splices);
  if ((container.children?.length ?? 0) > 1) return left;
  // What held this alone is written as empty lists and objects are, unless a comment lives there.
  const opening = container.offset + 1;
  const removed = text.length - left.length;
  const closing = endOf(container) - 1 - removed;
  return /^\s*$/.test(left.slice(opening, closing)) ? left.slice(0, opening) + left.slice(closing) : left;
}

/** The bytes of an item, from the end of the line before it where it stands on lines of its own. */
function ownLine({ text, tokens }: JsonTree, item: Node, comma: Token | undefined): Splice {
  const adjacent = comma && comma.start === endOf(item) ? comma : undefined;
  const end = adjacent?.end ?? endOf(item);
  const space = /(\r?\n)?[ \t]*$/.exec(text.slice(0, item.offset))?.[0] ?? "";
  const previous = tokens.findLast((token) => token.end <= item.offset);
  const endsLine = /^[ \t]*(\r?\n|$)/.test(text.slice(end));
  const joinsComment = previous?.kind === "line-comment" && !endsLine;
  return { start: joinsComment ? item.offset : item.offset - space.length, end, with: "" };
}

/** The innermost container on a path that is there, and the keys that are missing below it. */
function deepest(tree: JsonTree, path: Path, document: JsonText): { node: Node | undefined; rest: string[] } {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(tree, path.slice(0, length));
    if (!node) continue;
    if (node.type !== "object") throw shapeError(document, path.slice(0, length));
    return { node, rest: path.slice(length).map(String) };
  }
  return { node: undefined, rest: path.map(String) };
}

type Printer = (indent: string, unit: string, lineEnd: string) => string;

function insertLast(tree: JsonTree, container: Node, printer: Printer): string {
  const { text, tokens } = tree;
  const [end, unit] = [lineEndOf(text), unitOf(text)];
  const last = container.children?.at(-1);
  const closing = endOf(container) - 1;
  const outer = indentAt(text, container.offset);
  if (!last) {
    const inside = tokens.findLast((token) => token.start > container.offset && token.end <= closing);
    const start = inside?.end ?? container.offset + 1;
    const hasLine = /\n[ \t]*$/.test(text.slice(start, closing));
    const tail = hasLine ? "" : end + outer;
    return splice(text, [
      {
        start,
        end: hasLine ? start : closing,
        with: `${end}${outer}${unit}${printer(outer + unit, unit, end)}${tail}`,
      },
    ]);
  }
  const indent = startsLine(text, last.offset) ? indentAt(text, last.offset) : outer + unit;
  const behind = tokens.filter((token) => token.start >= endOf(last) && token.end <= closing);
  const comma = behind.find(({ kind }) => kind === "comma");
  const from = comma?.end ?? endOf(last);
  const start = endOfComments(text, behind, from);
  const item = `${end}${indent}${printer(indent, unit, end)}${comma ? "," : ""}`;
  return splice(text, [{ start, end: start, with: item }, ...(comma ? [] : [{ start: from, end: from, with: "," }])]);
}

/** Where the comments end that begin on the line of `from`. */
function endOfComments(text: string, behind: readonly Token[], from: number): number {
  let at = from;
  for (const token of behind) {
    if (token.start < at) continue;
    if (!isComment(token) || text.slice(at, token.start).includes("\n")) break;
    at = token.end;
  }
  return at;
}

/** Exchanges bytes, from the last to the first; of two at one place the later in the list comes first in the text. */
function splice(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.start - a.start)
    .reduce((done, { start, end, with: bytes }) => done.slice(0, start) + bytes + done.slice(end), text);
}

function startDocument(text: string, value: unknown): string {
  const end = lineEndOf(text);
  const gap = text === "" || text.endsWith("\n") ? "" : end;
  return `${text}${gap}${print(value, "", "  ", end)}${end}`;
}

/** A value as lines, the first without indentation. */
function print(value: unknown, indent: string, unit: string, lineEnd: string): string {
  return JSON.stringify(value, null, unit).split("\n").join(`${lineEnd}${indent}`);
}

function endOf(node: Node): number {
  return node.offset + node.length;
}

/** White space at the beginning of the line of an offset. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function startsLine(text: string, offset: number): boolean {
  return /(^|\n)[ \t]*$/.test(text.slice(0, offset));
}

/** One step of indentation: the least that a line has, two spaces where none has any. */
function unitOf(text: string): string {
  const indents = [...text.matchAll(/^([ \t]+)["[{]/gm)].map(([, indent = ""]) => indent);
  return indents.reduce((least, indent) => (indent.length < least.length ? indent : least), indents[0] ?? "  ");
}

function shapeError({ path: file }: JsonText, path: Path): Error {
  return batonError(errors.CLIENT_SHAPE, { place: path.length === 0 ? file : `${file}: ${path.join(".")}` });
}
